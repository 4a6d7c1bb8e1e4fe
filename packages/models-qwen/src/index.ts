// The plugin: Qwen 2, 2.5 and 3.
import type { ModelPlugin } from '@automodel/contracts';
import { qwen } from './qwen.js';

export { qwen };

const plugin: ModelPlugin = {
  kind: 'model',
  apiVersion: 1,
  name: '@automodel/models-qwen',
  modelTypes: ['qwen2', 'qwen3'],
  create: qwen,
};

export default plugin;
