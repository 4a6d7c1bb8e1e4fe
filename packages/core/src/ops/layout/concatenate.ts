// cat as one kernel: what the planner would lay out as one copy for each piece. Made by the pass
// fuse-copies; models write cat.
import { nonEmpty } from '../../list-length.js';
import { noFlops } from '../support/default-cost.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { catOp, type CatAttributes } from './cat.js';

/** Maximum number of pieces of one node. */
export const MAX_PIECES = 256;

export const concatenateOp: OpDefinition<CatAttributes> = defineOp({
  name: 'concatenate',
  summary: 'tensors one after the other along a dimension, in one kernel',
  operands: ['...tensors'],
  infer: ({ tensors }, attrs) => [catOp.infer(tensors, attrs)[0]],
  decompose: ({ tensors }, attrs) => [nonEmpty(tensors)[0].trace.apply(catOp, tensors, attrs)[0]],
  flops: noFlops,
  castRule: 'follow',
  samples: [
    {
      inputs: [
        { shape: [2, 3, 4] },
        { shape: [2, 1, 4] },
        { shape: [2, 0, 4] },
        { shape: [2, 5, 4] },
      ],
      attrs: { dim: 1 },
    },
    { inputs: [{ shape: [3, 4] }, { shape: [3, 2] }], attrs: { dim: -1 } },
    {
      inputs: [
        { shape: [2], dtype: 'i64', range: [-9, 9] },
        { shape: [3], dtype: 'i64', range: [-9, 9] },
      ],
      attrs: { dim: 0 },
    },
  ],
});
