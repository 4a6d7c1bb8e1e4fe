// Convolution over one dimension, as torch.nn.functional.conv1d.
import type { Tensor } from '../../tensor/tensor.js';
import { applyConv, convOp, type ConvOptions } from './conv-op.js';

/** x[N,C,L], weight[O,C/groups,K], bias[O] or undefined -> [N,O,...] in the dtype of x. */
export function conv1d(
  x: Tensor,
  weight: Tensor,
  bias?: Tensor,
  options: ConvOptions = {},
): Tensor {
  return applyConv(conv1dOp, 1, x, weight, bias, options);
}

export const conv1dOp = convOp('conv1d', 1, [
  {
    inputs: [{ shape: [2, 4, 9] }, { shape: [6, 4, 3] }, { shape: [6] }],
    attrs: { stride: [1], padding: [1], dilation: [1], groups: 1, compute: 'f32' },
  },
  {
    inputs: [{ shape: [2, 3, 7] }, { shape: [3, 1, 4] }, null],
    attrs: { stride: [1], padding: [3], dilation: [1], groups: 3, compute: 'f32' },
  },
  {
    inputs: [{ shape: [1, 4, 12] }, { shape: [6, 2, 3] }, { shape: [6] }],
    attrs: { stride: [2], padding: [2], dilation: [2], groups: 2, compute: 'f32' },
  },
]);
