// The plugin: backend `cpu`.
import type { BackendPlugin } from '@automodel/contracts';
import { createCpuBackend } from './cpu-backend.js';

export { createCpuBackend, type CpuBackendOptions } from './cpu-backend.js';
export { instructionSets } from './native-pool.js';

const plugin: BackendPlugin = { kind: 'backend-plugin', apiVersion: 1, name: 'cpu', create: createCpuBackend };

export default plugin;
