// The device that this backend pretends to have: figures for time estimates and memory reports.
import { totalmem } from 'node:os';
import type { Device } from '@automodel/contracts';

export const DEVICE: Device = {
  name: 'JavaScript',
  memoryBytes: totalmem(),
  threads: 1,
  peakFlops: { f32: 1e7, bf16: 1e7 },
  bandwidth: 1e9,
};
