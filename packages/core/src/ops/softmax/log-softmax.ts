// The logarithm of softmax along one dimension.
import { normalizeAxis } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { exp } from '../elementwise/exp.js';
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

/** x - ln(sum(e^x)) along `dim`. */
export function logSoftmax(x: Tensor, dim: number): Tensor {
  return applyReal(logSoftmaxOp, x, { dim: normalizeAxis('log_softmax', dim, x.rank) });
}

export const logSoftmaxOp: OpDefinition<SoftmaxAttributes> = defineOp({
  name: 'log_softmax',
  summary: 'x - ln of the sum of e^x along a dimension',
  operands: ['x'],
  infer: ({ x }, attrs) => inferSoftmax('log_softmax', x, attrs),
  reference: ({ x }, { dim }) => [
    mapSoftmaxRows('log_softmax', x, dim, (x, top, total) => x - top - Math.log(total)),
  ],
  gradient: ({ outputs: { y }, gradients: { y: dy }, attrs }) => {
    return { x: sub(dy, mul(exp(y), sum(dy, [attrs.dim], true))) };
  },
  flops: softmaxFlops,
  castRule: 'full',
  overwrites: [[0, 0]],
  samples: SOFTMAX_SAMPLES,
});
