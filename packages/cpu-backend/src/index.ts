// The plugin: backend `cpu`, opened or for planning alone.
import process from 'node:process';
import type { BackendPlugin } from '@automodel/contracts';
import { BACKEND_NAME } from './backend-name.js';
import { createCpuBackend } from './cpu-backend.js';
import { diagnose } from './diagnose.js';
import { instructionSets } from './native-pool.js';
import { planningTarget } from './planning-target.js';

export { createCpuBackend, type CpuBackendOptions } from './cpu-backend.js';
export { instructionSets };

const plugin: BackendPlugin = {
  kind: 'backend-plugin',
  apiVersion: 1,
  name: BACKEND_NAME,
  instructionSets: () => {
    const chosen = process.env['AUTOMODEL_CPU_ISA'];
    return chosen === undefined ? instructionSets() : [chosen];
  },
  create: createCpuBackend,
  target: planningTarget,
  diagnose,
};

export default plugin;
