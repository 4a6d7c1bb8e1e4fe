// Elements by index along one dimension, as torch.gather.
import { allocateHostData } from '../../tensor/host-tensor.js';
import { normalizeAxis } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { zerosLike } from '../creation/full.js';
import { copyCost } from '../default-cost.js';
import { defineOp } from '../define-op.js';
import { copyElement } from '../elements.js';
import { checkAlongAxis, offsetsAlongAxis, type AxisAttributes } from './along-axis.js';
import { scatterAdd } from './scatter-add.js';

/** y[i][j][k] = x[index[i][j][k]][j][k] for dim 0, and so on; y has the shape of `index`. */
export function gather(x: Tensor, dim: number, index: Tensor): Tensor {
  return x.trace.apply(gatherOp, [x, index], { dim: normalizeAxis('gather', dim, x.rank) })[0]!;
}

export const gatherOp = defineOp<AxisAttributes>({
  name: 'gather',
  summary: 'elements by index along a dimension',
  infer: (inputs, { dim }) => {
    checkAlongAxis('gather', inputs[0]!, inputs[1]!, dim);
    return [{ shape: inputs[1]!.shape, dtype: inputs[0]!.dtype }];
  },
  reference: (inputs, { dim }, outputs) => {
    const x = inputs[0]!;
    const from = offsetsAlongAxis('gather', x.shape, inputs[1]!, dim);
    const data = allocateHostData(x.dtype, from.length);
    from.forEach((offset, i) => copyElement(data, i, x.data, offset));
    return [{ ...outputs[0]!, data }];
  },
  gradient: ({ inputs, gradients, attrs }) => [
    scatterAdd(zerosLike(inputs[0]!), attrs.dim, inputs[1]!, gradients[0]!),
    undefined,
  ],
  cost: copyCost,
  precision: 'follow',
  samples: [
    {
      inputs: [{ shape: [3, 8] }, { shape: [3, 5], dtype: 'i64', range: [0, 7] }],
      attrs: { dim: 1 },
    },
    {
      inputs: [{ shape: [8, 4] }, { shape: [3, 4], dtype: 'i32', range: [0, 7] }],
      attrs: { dim: 0 },
    },
    {
      inputs: [
        { shape: [2, 3, 4], dtype: 'i64', range: [-9, 9] },
        { shape: [1, 3, 2], dtype: 'i64', range: [0, 3] },
      ],
      attrs: { dim: -1 },
    },
  ],
});
