// Adjoint of the weights of depthwise_conv1d: for each channel and tap the sum over all positions
// of the adjoint times what that tap saw.

import type { DType } from '../../tensor/dtype.js';
import { sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { cast } from '../cast/cast.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { mul } from '../elementwise/mul.js';
import { cat } from '../layout/cat.js';
import { pad } from '../layout/pad.js';
import { reshape } from '../layout/reshape.js';
import { sum } from '../reduce/sum.js';

/** `taps`: K; `dtype`: that of the weights. */
export type DepthwiseConv1dWeightGradientAttributes = {
  readonly taps: number;
  readonly before: number;
  readonly dilation: number;
  readonly dtype: DType;
};

/**
 * x[N,C,L], dy[N,C,S] -> [C,1,K]: sum over n and s of dy[n,c,s] * x[n,c,s + k * dilation - before].
 */
export function depthwiseConv1dWeightGradient(
  x: Tensor,
  dy: Tensor,
  attrs: DepthwiseConv1dWeightGradientAttributes,
): Tensor {
  return x.trace.apply(depthwiseConv1dWeightGradientOp, [x, dy], attrs)[0];
}

type WeightGradientOp = OpDefinition<DepthwiseConv1dWeightGradientAttributes>;

export const depthwiseConv1dWeightGradientOp: WeightGradientOp = defineOp({
  name: 'depthwise_conv1d_weight_gradient',
  summary: 'adjoint of the weights of depthwise_conv1d',
  operands: ['x', 'dy'],
  outputs: ['dweight'],
  infer: ({ x }, { taps, dtype }) => [{ shape: [x.shape[1]!, 1, taps], dtype }],
  decompose({ x, dy }, { taps, before, dilation, dtype }) {
    const [channels, length, positions] = [x.shape[1]!, x.shape[2]!, dy.shape[2]!];
    const wide = dtype === 'f64' || x.dtype === 'f64' ? 'f64' : 'f32';
    const seen = (k: number): Tensor =>
      pad(cast(x, wide), [before - k * dilation, positions + k * dilation - before - length]);
    const columns = Array.from({ length: taps }, (_, k) =>
      reshape(sum(mul(seen(k), cast(dy, wide)), [0, 2]), [channels, 1, 1]),
    );
    return [cast(cat(columns, 2), dtype)];
  },
  flops: ({ dy }, _outputs, { taps }) => 2 * sizeOf(dy.shape) * taps,
  castRule: 'full',
  samples: [
    {
      inputs: [{ shape: [2, 3, 7] }, { shape: [2, 3, 10] }],
      attrs: { taps: 4, before: 3, dilation: 1, dtype: 'f32' },
      differentiable: [],
    },
    {
      inputs: [{ shape: [2, 19, 40] }, { shape: [2, 19, 40] }],
      attrs: { taps: 3, before: 4, dilation: 2, dtype: 'f32' },
      differentiable: [],
    },
    {
      inputs: [{ shape: [0, 2, 6] }, { shape: [0, 2, 6] }],
      attrs: { taps: 2, before: 1, dilation: 1, dtype: 'f32' },
      differentiable: [],
    },
  ],
});
