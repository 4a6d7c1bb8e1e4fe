// squared_norm of several tensors at once: the norms of all gradients in a few steps, and as few
// operands of what reads them.
import { stack } from '../layout/cat.js';
import { elementsOf } from '../support/default-cost.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import type { NoAttributes } from '../support/operand.js';
import { nonEmpty } from '../../list-length.js';
import type { Tensor } from '../../tensor/tensor.js';
import { squaredNorm } from './squared-norm.js';
import { byParameter, inPieces } from './tensor-lists.js';

/**
 * One or more tensors (any shapes, float) -> squared norms in their order, in vectors f64[n] of at
 * most MAX_PARAMETERS each.
 */
export const squaredNorms = (tensors: readonly Tensor[]): readonly Tensor[] =>
  inPieces(tensors).map((piece) => nonEmpty(piece)[0].trace.apply(squaredNormManyOp, piece, {})[0]);

export const squaredNormManyOp: OpDefinition<NoAttributes> = defineOp({
  name: 'squared_norm_many',
  summary: 'sums of squares of several tensors in f64',
  operands: ['...tensors'],
  infer: ({ tensors }) => [
    { shape: [byParameter('squared_norm_many', tensors, 1).length], dtype: 'f64' },
  ],
  decompose: ({ tensors }) => [stack(tensors.map((x) => squaredNorm(x)))],
  flops: ({ tensors }) => 2 * elementsOf(tensors),
  castRule: 'follow',
  samples: [
    {
      inputs: [[7, 33], [], [3], [0], [300], [40, 50]].map((shape) => ({ shape })),
      attrs: {},
      differentiable: [],
    },
    { inputs: [{ shape: [17] }], attrs: {}, differentiable: [] },
  ],
});
