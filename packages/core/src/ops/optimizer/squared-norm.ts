// Sum of squares in f64: what global gradient norms are made of.
import { defineOp, type OpDefinition } from '../support/define-op.js';
import type { NoAttributes } from '../support/operand.js';
import { sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';

/** x (any shape, float) -> f64[]: sum of squares, accumulated in f64 in a fixed order. */
export function squaredNorm(x: Tensor): Tensor {
  return x.trace.apply(squaredNormOp, [x], {})[0];
}

export const squaredNormOp: OpDefinition<NoAttributes> = defineOp({
  name: 'squared_norm',
  summary: 'sum of squares in f64',
  operands: ['x'],
  infer: () => [{ shape: [], dtype: 'f64' }],
  reference: ({ x }) => [
    {
      shape: [],
      dtype: 'f64',
      data: Float64Array.of((x.data as Float64Array).reduce((a, v) => a + v * v, 0)),
    },
  ],
  flops: ({ x }) => 2 * sizeOf(x.shape),
  castRule: 'follow',
  samples: [{ inputs: [{ shape: [7, 33] }], attrs: {}, differentiable: [] }],
});
