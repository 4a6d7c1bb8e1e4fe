// Softmax along one dimension. A line of -Infinity gives NaN, as in PyTorch.
import { normalizeAxis } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { mul } from '../elementwise/mul.js';
import { sub } from '../elementwise/sub.js';
import { applyReal } from '../elementwise/unary-op.js';
import { sum } from '../reduce/sum.js';
import {
  inferSoftmax,
  SOFTMAX_SAMPLES,
  softmaxFlops,
  type SoftmaxAttributes,
} from './softmax-op.js';
import { mapSoftmaxRows } from './softmax-rows.js';

/** e^x / sum(e^x) along `dim`. */
export function softmax(x: Tensor, dim: number): Tensor {
  return applyReal(softmaxOp, x, { dim: normalizeAxis('softmax', dim, x.rank) });
}

export const softmaxOp: OpDefinition<SoftmaxAttributes> = defineOp({
  name: 'softmax',
  summary: 'e^x / sum of e^x along a dimension',
  operands: ['x'],
  infer: ({ x }, attrs) => inferSoftmax('softmax', x, attrs),
  reference: ({ x }, { dim }) => [
    mapSoftmaxRows('softmax', x, dim, (x, top, total) => Math.exp(x - top) / total),
  ],
  gradient: ({ outputs: { y }, gradients: { y: dy }, attrs }) => {
    return { x: mul(y, sub(dy, sum(mul(dy, y), [attrs.dim], true))) };
  },
  flops: softmaxFlops,
  castRule: 'full',
  overwrites: [[0, 0]],
  samples: SOFTMAX_SAMPLES,
});
