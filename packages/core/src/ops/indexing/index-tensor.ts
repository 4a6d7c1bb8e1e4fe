// x[..., i, ...] with integer tensors as indices, as NumPy's and PyTorch's advanced indexing.
import { allocateHostData } from '../../tensor/host-tensor.js';
import { normalizeAxis } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { zerosLike } from '../creation/full.js';
import { noFlops, selectionBytes } from '../support/default-cost.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { copyElement } from '../support/elements.js';
import { indexedOffsets, indexedShape, type IndexAttributes } from './advanced-index.js';
import { indexPut } from './index-put.js';

/** The entries of x that `indices`, one integer tensor for each of `dims`, name. */
export function index(x: Tensor, dims: readonly number[], indices: readonly Tensor[]): Tensor {
  return x.trace.apply(indexOp, [x, ...indices], {
    dims: dims.map((dim) => normalizeAxis('index', dim, x.rank)),
  })[0];
}

export const indexOp: OpDefinition<IndexAttributes> = defineOp({
  name: 'index',
  summary: 'entries named by integer tensors',
  operands: ['x', '...indices'],
  infer: ({ x, indices }, { dims }) => [
    {
      shape: indexedShape('index', x, indices, dims),
      dtype: x.dtype,
    },
  ],
  reference: ({ x, indices }, { dims }, { y }) => {
    const from = indexedOffsets('index', x.shape, indices, dims);
    const data = allocateHostData(x.dtype, from.length);
    from.forEach((offset, i) => copyElement(data, i, x.data, offset));
    return [{ ...y, data }];
  },
  gradient: ({ operands: { x, indices }, gradients: { y: dy }, attrs }) => ({
    x: indexPut(zerosLike(x), dy, attrs.dims, indices, true),
  }),
  flops: noFlops,
  bytes: ({ x, indices }, { y }) => selectionBytes(x, indices, y),
  castRule: 'follow',
  samples: [
    {
      inputs: [{ shape: [9, 4] }, { shape: [5], dtype: 'i64', range: [-9, 8] }],
      attrs: { dims: [0] },
    },
    {
      inputs: [
        { shape: [4, 9, 2] },
        { shape: [5], dtype: 'i64', range: [0, 3] },
        { shape: [5], dtype: 'i64', range: [0, 8] },
      ],
      attrs: { dims: [0, 1] },
    },
    {
      inputs: [
        { shape: [4, 2, 9] },
        { shape: [3, 1], dtype: 'i32', range: [0, 3] },
        { shape: [5], dtype: 'i32', range: [0, 8] },
      ],
      attrs: { dims: [0, 2] },
    },
    {
      inputs: [
        { shape: [2, 3, 9], dtype: 'bool' },
        { shape: [2, 3], dtype: 'i64', range: [0, 2] },
      ],
      attrs: { dims: [1] },
    },
    {
      inputs: [
        { shape: [3, 2], dtype: 'i64', range: [-9, 9] },
        { shape: [], dtype: 'i64', range: [0, 2] },
      ],
      attrs: { dims: [0] },
    },
  ],
});
