// The plugin: Llama 1 to 3.x and Mistral.
import type { ModelPlugin } from '@automodel/contracts';
import { llama } from './llama.js';

export { llama };

const plugin: ModelPlugin = {
  kind: 'model',
  apiVersion: 1,
  name: '@automodel/models-llama',
  modelTypes: ['llama', 'mistral'],
  create: llama,
};

export default plugin;
