// The plugin: Gemma 1, 2 and 3 (text).
import type { ModelPlugin } from '@automodel/contracts';
import { gemma } from './gemma.js';

export { gemma };

const plugin: ModelPlugin = {
  kind: 'model',
  apiVersion: 1,
  name: '@automodel/models-gemma',
  modelTypes: ['gemma', 'gemma2', 'gemma3_text'],
  create: gemma,
};

export default plugin;
