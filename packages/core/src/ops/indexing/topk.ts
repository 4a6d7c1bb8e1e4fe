// The k largest or smallest elements along a dimension, in order; among equal elements the lowest
// position comes first.
import { AutomodelError } from '../../error.js';
import { formatShape, normalizeAxis } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { gather } from './gather.js';
import { orderedPositions } from './ordered-positions.js';

export type TopkAttributes = {
  readonly k: number;
  readonly dim: number;
  readonly largest: boolean;
};

/** i64 positions of the k largest (or smallest) elements along `dim`. */
export function topkIndices(x: Tensor, k: number, dim = -1, largest = true): Tensor {
  return x.trace.apply(topkIndicesOp, [x], {
    k,
    dim: normalizeAxis('topk', dim, x.rank),
    largest,
  })[0];
}

/** The k largest (or smallest) elements along `dim` and their positions, as torch.topk. */
export function topk(
  x: Tensor,
  k: number,
  dim = -1,
  largest = true,
): { readonly values: Tensor; readonly indices: Tensor } {
  const indices = topkIndices(x, k, dim, largest);
  return { values: gather(x, dim, indices), indices };
}

export const topkIndicesOp: OpDefinition<TopkAttributes> = defineOp({
  name: 'topk_idx',
  summary: 'positions of the k largest or smallest elements of a dimension',
  operands: ['x'],
  infer: ({ x }, { k, dim }) => {
    const { shape } = x;
    const axis = normalizeAxis('topk_idx', dim, shape.length);
    if (!Number.isInteger(k) || k < 0 || (shape.length === 0 ? k !== 1 : k > shape[axis]!))
      throw new AutomodelError(
        'bad-shape',
        `topk_idx: ${k} elements along dimension ${dim} of ${formatShape(shape)}`,
      );
    return [{ shape: shape.length === 0 ? [] : shape.with(axis, k), dtype: 'i64' }];
  },
  reference: ({ x }, { k, dim, largest }, { y }) => [
    orderedPositions('topk_idx', x, dim, k, largest, y),
  ],
  castRule: 'follow',
  samples: [
    { inputs: [{ shape: [3, 9] }], attrs: { k: 3, dim: -1, largest: true } },
    { inputs: [{ shape: [] }], attrs: { k: 1, dim: 0, largest: false } },
    {
      inputs: [{ shape: [7, 2], dtype: 'i64', range: [0, 3] }],
      attrs: { k: 2, dim: 0, largest: false },
    },
  ],
});
