// cat as one kernel: what the planner would lay out as one copy for each piece. Made by the pass
// fuse-copies; models write cat.
import { defineOp, type OpDefinition } from '../define-op.js';
import { catOp, type CatAttributes } from './cat.js';

/** Most pieces of one node. */
export const MAX_PIECES = 256;

export const concatenateOp: OpDefinition<CatAttributes> = defineOp<CatAttributes>({
  name: 'concatenate',
  summary: 'tensors one after the other along a dimension, in one kernel',
  infer: (inputs, attrs) => catOp.infer(inputs, attrs),
  decompose: (inputs, attrs) => inputs[0]!.trace.apply(catOp, inputs, attrs),
  cost: (inputs, outputs, attrs) => catOp.cost!(inputs, outputs, attrs),
  precision: 'follow',
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
