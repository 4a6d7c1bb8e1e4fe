// The logarithm of softmax along one dimension.
import { normalizeAxis } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp } from '../define-op.js';
import { exp } from '../elementwise/exp.js';
import { mul } from '../elementwise/mul.js';
import { sub } from '../elementwise/sub.js';
import { applyReal } from '../elementwise/unary-op.js';
import { sum } from '../reduce/sum.js';
import {
  inferSoftmax,
  SOFTMAX_SAMPLES,
  softmaxCost,
  type SoftmaxAttributes,
} from './softmax-op.js';
import { mapSoftmaxRows } from './softmax-rows.js';

/** x - ln(sum(e^x)) along `dim`. */
export function logSoftmax(x: Tensor, dim: number): Tensor {
  return applyReal(logSoftmaxOp, x, { dim: normalizeAxis('log_softmax', dim, x.rank) });
}

export const logSoftmaxOp = defineOp<SoftmaxAttributes>({
  name: 'log_softmax',
  summary: 'x - ln of the sum of e^x along a dimension',
  infer: (inputs, attrs) => inferSoftmax('log_softmax', inputs, attrs),
  reference: (inputs, { dim }) => [
    mapSoftmaxRows('log_softmax', inputs[0]!, dim, (x, top, total) => x - top - Math.log(total)),
  ],
  gradient: ({ outputs, gradients, attrs }) => {
    const dy = gradients[0]!;
    return [sub(dy, mul(exp(outputs[0]!), sum(dy, [attrs.dim], true)))];
  },
  cost: softmaxCost,
  precision: 'full',
  overwrites: [[0, 0]],
  samples: SOFTMAX_SAMPLES,
});
