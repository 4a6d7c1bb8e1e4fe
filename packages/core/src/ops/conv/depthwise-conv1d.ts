// Convolution of each channel by itself over one dimension, with stride 1: the short convolutions
// of state-space and linear-attention models. `conv1d` becomes this op where it can.
import { AutomodelError } from '../../error.js';
import { isFloat } from '../../tensor/dtype.js';
import { formatType, sizeOf, sizesOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { cast } from '../cast/cast.js';
import { full } from '../creation/full.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { add } from '../elementwise/add.js';
import { mul } from '../elementwise/mul.js';
import { flip } from '../layout/flip.js';
import { pad } from '../layout/pad.js';
import { reshape } from '../layout/reshape.js';
import { narrow } from '../layout/slice.js';
import { depthwiseConv1dWeightGradient } from './depthwise-conv1d-weight-gradient.js';

/** `before`, `after`: zeros around x; a negative number leaves out that many entries of x. */
export type DepthwiseConv1dAttributes = {
  readonly before: number;
  readonly after: number;
  readonly dilation: number;
};

/**
 * x[N,C,L], weight[C,1,K] -> y[N,C,L + before + after - dilation * (K - 1)] in the dtype of x: y[s]
 * = sum over k of weight[k] * x[s + k * dilation - before], sums in f32.
 */
export function depthwiseConv1d(
  x: Tensor,
  weight: Tensor,
  attrs: DepthwiseConv1dAttributes,
): Tensor {
  return x.trace.apply(depthwiseConv1dOp, [x, weight], attrs)[0];
}

export const depthwiseConv1dOp: OpDefinition<DepthwiseConv1dAttributes> = defineOp({
  name: 'depthwise_conv1d',
  summary: 'convolution of each channel by itself',
  operands: ['x', 'weight'],
  infer({ x, weight }, { before, after, dilation }) {
    const length = (x.shape[2] ?? 0) + before + after - dilation * ((weight.shape[2] ?? 1) - 1);
    const fits =
      x.shape.length === 3 &&
      weight.shape.length === 3 &&
      weight.shape[0] === x.shape[1] &&
      weight.shape[1] === 1 &&
      weight.shape[2] !== 0 &&
      dilation > 0 &&
      length >= 0 &&
      isFloat(x.dtype) &&
      isFloat(weight.dtype);
    if (!fits)
      throw new AutomodelError(
        'bad-shape',
        `depthwise_conv1d: weight ${formatType(weight)} does not fit x ` +
          `${formatType(x)} with margins ${before} and ${after}`,
      );
    return [{ shape: x.shape.with(2, length), dtype: x.dtype }];
  },
  decompose({ x, weight }, attrs) {
    const [{ shape, dtype }] = depthwiseConv1dOp.infer([x, weight], attrs);
    const [, channels, length] = sizesOf({ shape }, 3);
    const wide = dtype === 'f64' ? 'f64' : 'f32';
    const padded = pad(cast(x, wide), [attrs.before, attrs.after]);
    const taps = Array.from({ length: sizesOf(weight, 3)[2] }, (_, k) =>
      mul(
        narrow(padded, 2, k * attrs.dilation, length),
        cast(reshape(narrow(weight, 2, k, 1), [channels, 1]), wide),
      ),
    );
    return [
      cast(
        taps.reduce((sum, tap) => add(sum, tap), full([], 0, wide, x.trace)),
        dtype,
      ),
    ];
  },
  gradient: ({
    operands: { x, weight },
    gradients: { y: dy },
    needs,
    attrs: { before, after, dilation },
  }) => {
    const taps = sizesOf(weight, 3)[2];
    const span = dilation * (taps - 1);
    return {
      x: needs.x
        ? depthwiseConv1d(dy, flip(weight, [2]), {
            before: span - before,
            after: span - after,
            dilation,
          })
        : undefined,
      weight: needs.weight
        ? depthwiseConv1dWeightGradient(x, dy, {
            taps,
            before,
            dilation,
            dtype: weight.dtype,
          })
        : undefined,
    };
  },
  flops: ({ weight }, { y }) => 2 * sizeOf(y.shape) * sizesOf(weight, 3)[2],
  castRule: 'follow',
  samples: [
    {
      inputs: [{ shape: [2, 3, 7] }, { shape: [3, 1, 4] }],
      attrs: { before: 3, after: 3, dilation: 1 },
    },
    {
      inputs: [{ shape: [2, 19, 40] }, { shape: [19, 1, 3] }],
      attrs: { before: 4, after: 0, dilation: 2 },
    },
    {
      inputs: [{ shape: [1, 2, 6] }, { shape: [2, 1, 2] }],
      attrs: { before: -1, after: 3, dilation: 1 },
    },
    {
      inputs: [{ shape: [0, 2, 6] }, { shape: [2, 1, 2] }],
      attrs: { before: 0, after: 0, dilation: 1 },
    },
    {
      inputs: [{ shape: [2, 3, 5], dtype: 'bf16' }, { shape: [3, 1, 4] }],
      attrs: { before: 3, after: 0, dilation: 1 },
    },
  ],
});
