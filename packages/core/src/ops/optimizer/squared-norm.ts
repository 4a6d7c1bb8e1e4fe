// Sum of squares in f64: what global gradient norms are made of.
import { defineOp, type OpDefinition } from '../define-op.js';
import { sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';

/** x (any shape, float) -> f64[]: sum of squares, accumulated in f64 in a fixed order. */
export function squaredNorm(x: Tensor): Tensor {
  return x.trace.apply(squaredNormOp, [x], {})[0]!;
}

export const squaredNormOp: OpDefinition<Record<string, never>> = defineOp<Record<string, never>>({
  name: 'squared_norm',
  summary: 'sum of squares in f64',
  infer: () => [{ shape: [], dtype: 'f64' }],
  reference: (inputs) => [
    {
      shape: [],
      dtype: 'f64',
      data: Float64Array.of((inputs[0]!.data as Float64Array).reduce((a, v) => a + v * v, 0)),
    },
  ],
  cost: (inputs) => ({ flops: 2 * sizeOf(inputs[0]!.shape), bytes: 4 * sizeOf(inputs[0]!.shape) }),
  precision: 'follow',
  samples: [{ inputs: [{ shape: [7, 33] }], attrs: {}, differentiable: [] }],
});
