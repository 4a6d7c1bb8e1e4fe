// Addition by index along one dimension, as torch.scatter_add, in the order of the indices.
import { AutomodelError } from '../../error.js';
import { normalizeAxis, sameShape } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { addElement } from '../support/elements.js';
import { checkAlongAxis, offsetsAlongAxis, type AxisAttributes } from './along-axis.js';
import { gather } from './gather.js';

/**
 * A copy of x with y[index[i][j]][j] += src[i][j] for dim 0, and so on; `src` has the shape of
 * `index`.
 */
export function scatterAdd(x: Tensor, dim: number, index: Tensor, src: Tensor): Tensor {
  return x.trace.apply(scatterAddOp, [x, index, src], {
    dim: normalizeAxis('scatter_add', dim, x.rank),
  })[0];
}

export const scatterAddOp: OpDefinition<AxisAttributes> = defineOp({
  name: 'scatter_add',
  summary: 'addition by index along a dimension',
  operands: ['x', 'index', 'src'],
  infer: ({ x, index, src }, { dim }) => {
    checkAlongAxis('scatter_add', x, index, dim);
    if (src.dtype !== x.dtype || !sameShape(src.shape, index.shape))
      throw new AutomodelError(
        'bad-shape',
        `scatter_add: the source must be ${x.dtype} with the shape of the index`,
      );
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  reference: ({ x, index, src }, { dim }) => {
    const data = x.data.slice();
    offsetsAlongAxis('scatter_add', x.shape, index, dim).forEach((offset, i) =>
      addElement(data, offset, src.data, i),
    );
    return [{ ...x, data }];
  },
  gradient: ({ operands: { index }, gradients: { y: dy }, needs, attrs: { dim } }) => ({
    x: dy,
    src: needs.src ? gather(dy, dim, index) : undefined,
  }),
  castRule: 'follow',
  overwrites: [[0, 0]],
  samples: [
    {
      inputs: [
        { shape: [2, 6] },
        { shape: [2, 9], dtype: 'i64', range: [0, 5] },
        { shape: [2, 9] },
      ],
      attrs: { dim: 1 },
    },
    {
      inputs: [
        { shape: [3, 4], dtype: 'i64', range: [0, 9] },
        { shape: [5, 2], dtype: 'i32', range: [0, 2] },
        { shape: [5, 2], dtype: 'i64', range: [0, 9] },
      ],
      attrs: { dim: 0 },
    },
  ],
});
