// The plugin: backend `cpu`.
import type { BackendPlugin } from '@automodel/contracts';
import { createCpuBackend } from './cpu-backend.js';
import { diagnose } from './diagnose.js';

export { createCpuBackend, type CpuBackendOptions } from './cpu-backend.js';
export { instructionSets } from './native-pool.js';

const plugin: BackendPlugin = {
  kind: 'backend-plugin',
  apiVersion: 1,
  name: 'cpu',
  create: createCpuBackend,
  diagnose,
};

export default plugin;
