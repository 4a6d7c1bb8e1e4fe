// The plugin: OLMo 2.
import type { ModelPlugin } from '@automodel/contracts';
import { olmo } from './olmo.js';

export { olmo };

const plugin: ModelPlugin = {
  kind: 'model',
  apiVersion: 1,
  name: '@automodel/models-olmo',
  modelTypes: ['olmo2'],
  create: olmo,
};

export default plugin;
