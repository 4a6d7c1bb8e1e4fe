// A copy in which the entries that integer tensors name are replaced or added to: the functional
// form of x[..., i, ...] = values.
import { AutomodelError } from '../../error.js';
import {
  broadcastShapes,
  formatShape,
  formatType,
  normalizeAxis,
  sameShape,
} from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { cast } from '../cast/cast.js';
import { zerosLike } from '../creation/full.js';
import { noFlops } from '../support/default-cost.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { addElement, broadcastOffsets, copyElement } from '../support/elements.js';
import { sumTo } from '../support/sum-to.js';
import { indexedOffsets, indexedShape, type IndexAttributes } from './advanced-index.js';
import { index } from './index-tensor.js';

export type IndexPutAttributes = IndexAttributes & { readonly accumulate: boolean };

/**
 * A copy of x whose entries named by `indices` are `values` (broadcast, cast to the dtype of x), or
 * have them added. Without `accumulate`, the later of two equal indices wins.
 */
export function indexPut(
  x: Tensor,
  values: Tensor,
  dims: readonly number[],
  indices: readonly Tensor[],
  accumulate = false,
): Tensor {
  return x.trace.apply(indexPutOp, [x, cast(values, x.dtype), ...indices], {
    dims: dims.map((dim) => normalizeAxis('index_put', dim, x.rank)),
    accumulate,
  })[0];
}

export const indexPutOp: OpDefinition<IndexPutAttributes> = defineOp({
  name: 'index_put',
  summary: 'a copy with entries named by integer tensors replaced',
  operands: ['x', 'values', '...indices'],
  infer: ({ x, values, indices }, { dims }) => {
    const shape = indexedShape('index_put', x, indices, dims);
    if (
      values.dtype !== x.dtype ||
      !sameShape(broadcastShapes('index_put', values.shape, shape), shape)
    )
      throw new AutomodelError(
        'bad-shape',
        `index_put: ${formatType(values)} does not fit into ` + `${x.dtype}${formatShape(shape)}`,
      );
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  reference: ({ x, values, indices }, { dims, accumulate }) => {
    const data = x.data.slice();
    const from = broadcastOffsets(values.shape, indexedShape('index_put', x, indices, dims));
    const put = accumulate ? addElement : copyElement;
    indexedOffsets('index_put', x.shape, indices, dims).forEach((offset, i) =>
      put(data, offset, values.data, from?.[i] ?? i),
    );
    return [{ ...x, data }];
  },
  gradient: ({
    operands: { values, indices },
    gradients: { y: dy },
    needs,
    attrs: { dims, accumulate },
  }) => {
    const kept = (): Tensor => (accumulate ? dy : indexPut(dy, zerosLike(values), dims, indices));
    return {
      x: needs.x ? kept() : undefined,
      values: needs.values ? sumTo(index(dy, dims, indices), values.shape) : undefined,
    };
  },
  flops: noFlops,
  castRule: 'follow',
  overwrites: [[0, 0]],
  samples: [
    {
      inputs: [
        { shape: [9, 4] },
        { shape: [3, 4] },
        { shape: [3], dtype: 'i64', values: [7, 0, -6] },
      ],
      attrs: { dims: [0], accumulate: false },
    },
    {
      inputs: [
        { shape: [4, 5] },
        { shape: [1] },
        { shape: [2, 1], dtype: 'i64', values: [1, 3] },
        { shape: [2], dtype: 'i64', values: [4, 0] },
      ],
      attrs: { dims: [0, 1], accumulate: false },
    },
    {
      inputs: [{ shape: [3, 4] }, { shape: [3, 6] }, { shape: [6], dtype: 'i32', range: [0, 3] }],
      attrs: { dims: [1], accumulate: true },
    },
  ],
});
