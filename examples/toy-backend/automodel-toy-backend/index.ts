// The plugin: backend `toy`, opened or for planning alone.
import type { BackendPlugin } from '@automodel/contracts';
import { createToyBackend, TOY } from './create-toy-backend.js';
import { DEVICE } from './device.js';
import { KERNELS } from './kernel-table.js';

const plugin: BackendPlugin = {
  kind: 'backend-plugin',
  apiVersion: 1,
  name: TOY.name,
  create: createToyBackend,
  target: () => ({ ...TOY, kernels: KERNELS, device: DEVICE }),
};

export default plugin;
