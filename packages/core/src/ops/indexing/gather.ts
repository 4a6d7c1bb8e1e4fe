// Elements by index along one dimension, as torch.gather.
import { allocateHostData } from '../../tensor/host-tensor.js';
import { normalizeAxis } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { zerosLike } from '../creation/full.js';
import { noFlops, selectionBytes } from '../support/default-cost.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { copyElement } from '../support/elements.js';
import { checkAlongAxis, offsetsAlongAxis, type AxisAttributes } from './along-axis.js';
import { scatterAdd } from './scatter-add.js';

/** y[i][j][k] = x[index[i][j][k]][j][k] for dim 0, and so on; y has the shape of `index`. */
export function gather(x: Tensor, dim: number, index: Tensor): Tensor {
  return x.trace.apply(gatherOp, [x, index], { dim: normalizeAxis('gather', dim, x.rank) })[0];
}

export const gatherOp: OpDefinition<AxisAttributes> = defineOp({
  name: 'gather',
  summary: 'elements by index along a dimension',
  operands: ['x', 'index'],
  infer: ({ x, index }, { dim }) => {
    checkAlongAxis('gather', x, index, dim);
    return [{ shape: index.shape, dtype: x.dtype }];
  },
  reference: ({ x, index }, { dim }, { y }) => {
    const from = offsetsAlongAxis('gather', x.shape, index, dim);
    const data = allocateHostData(x.dtype, from.length);
    from.forEach((offset, i) => copyElement(data, i, x.data, offset));
    return [{ ...y, data }];
  },
  gradient: ({ operands: { x, index }, gradients: { y: dy }, attrs }) => ({
    x: scatterAdd(zerosLike(x), attrs.dim, index, dy),
  }),
  flops: noFlops,
  bytes: ({ x, index }, { y }) => selectionBytes(x, [index], y),
  castRule: 'follow',
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
