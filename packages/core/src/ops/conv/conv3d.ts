// Convolution over three dimensions, as torch.nn.functional.conv3d.
import type { Tensor } from '../../tensor/tensor.js';
import { applyConv, convOp, type ConvOptions } from './conv-op.js';

/**
 * x[N,C,D,H,W], weight[O,C/groups,Kd,Kh,Kw], bias[O] or undefined -> [N,O,...] in the dtype of x.
 */
export function conv3d(
  x: Tensor,
  weight: Tensor,
  bias?: Tensor,
  options: ConvOptions = {},
): Tensor {
  return applyConv(conv3dOp, 3, x, weight, bias, options);
}

export const conv3dOp = convOp('conv3d', 3, [
  {
    inputs: [{ shape: [1, 2, 4, 6, 6] }, { shape: [3, 2, 2, 3, 3] }, null],
    attrs: {
      stride: [2, 3, 3],
      padding: [0, 0, 0],
      dilation: [1, 1, 1],
      groups: 1,
      compute: 'f32',
    },
  },
]);
