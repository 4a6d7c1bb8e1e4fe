// The strategy of a run in one process, which needs no package.
import type { ParallelismPlugin } from '@automodel/contracts';
import { singleProcess } from '@automodel/session';

export const singleProcessPlugin: ParallelismPlugin = {
  kind: 'parallelism',
  apiVersion: 1,
  name: 'none',
  create: () => Promise.resolve(singleProcess),
};
