// Copies the pieces of a cat in one kernel: weights of experts that are joined, halves of a rotated
// head.
import { rebuild } from '../graph/rebuild.js';
import { catOp, type CatAttributes } from '../ops/layout/cat.js';
import { concatenateOp, MAX_PIECES } from '../ops/layout/concatenate.js';
import { hasKernel } from '../plan/kernel-table.js';
import type { PlanTarget } from '../plan/plan-graph.js';
import type { Pass } from './pass.js';

/** For a target without the kernel it does nothing. */
export const fuseCopies = (target: PlanTarget): Pass => ({
  name: 'fuse-copies',
  summary: 'copies the pieces of a cat in one kernel',
  numerics: 'bitwise',
  run: (graph) => {
    if (!hasKernel(target, concatenateOp)) return { graph, values: new Map() };
    return rebuild(graph, ({ node, inputs, trace }) =>
      (node.op as unknown) === catOp && inputs.length > 1 && inputs.length <= MAX_PIECES
        ? trace.apply(concatenateOp, inputs, node.attrs as CatAttributes)
        : undefined,
    );
  },
});
