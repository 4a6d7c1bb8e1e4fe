// Convolution over two dimensions, as torch.nn.functional.conv2d.
import type { Tensor } from '../../tensor/tensor.js';
import { applyConv, convOp, type ConvOptions } from './conv-op.js';

/** x[N,C,H,W], weight[O,C/groups,Kh,Kw], bias[O] or undefined -> [N,O,...] in the dtype of x. */
export function conv2d(
  x: Tensor,
  weight: Tensor,
  bias?: Tensor,
  options: ConvOptions = {},
): Tensor {
  return applyConv(conv2dOp, 2, x, weight, bias, options);
}

export const conv2dOp = convOp('conv2d', 2, [
  {
    inputs: [{ shape: [2, 3, 8, 8] }, { shape: [5, 3, 4, 4] }, { shape: [5] }],
    attrs: { stride: [4, 4], padding: [0, 0], dilation: [1, 1], groups: 1, compute: 'f32' },
  },
  {
    inputs: [{ shape: [1, 4, 7, 6] }, { shape: [4, 2, 3, 3] }, null],
    attrs: { stride: [2, 1], padding: [1, 2], dilation: [1, 1], groups: 2, compute: 'f32' },
  },
]);
