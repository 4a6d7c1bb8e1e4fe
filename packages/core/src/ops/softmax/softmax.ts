// Softmax along one dimension. A line of -Infinity gives NaN, as in PyTorch.
import { normalizeAxis } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp } from '../define-op.js';
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

/** e^x / sum(e^x) along `dim`. */
export function softmax(x: Tensor, dim: number): Tensor {
  return applyReal(softmaxOp, x, { dim: normalizeAxis('softmax', dim, x.rank) });
}

export const softmaxOp = defineOp<SoftmaxAttributes>({
  name: 'softmax',
  summary: 'e^x / sum of e^x along a dimension',
  infer: (inputs, attrs) => inferSoftmax('softmax', inputs, attrs),
  reference: (inputs, { dim }) => [
    mapSoftmaxRows('softmax', inputs[0]!, dim, (x, top, total) => Math.exp(x - top) / total),
  ],
  gradient: ({ outputs, gradients, attrs }) => {
    const [y, dy] = [outputs[0]!, gradients[0]!];
    return [mul(y, sub(dy, sum(mul(dy, y), [attrs.dim], true)))];
  },
  cost: softmaxCost,
  precision: 'full',
  overwrites: [[0, 0]],
  samples: SOFTMAX_SAMPLES,
});
