// Sorting, as positions: stable, so equal elements keep the lowest position first in both
// directions.
import { normalizeAxis } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { orderedPositions } from './ordered-positions.js';

export type ArgsortAttributes = { readonly dim: number; readonly descending: boolean };

/** i64 positions that sort x along `dim`. */
export function argsort(x: Tensor, dim = -1, descending = false): Tensor {
  return x.trace.apply(argsortOp, [x], {
    dim: normalizeAxis('argsort', dim, x.rank),
    descending,
  })[0];
}

export const argsortOp: OpDefinition<ArgsortAttributes> = defineOp({
  name: 'argsort',
  summary: 'positions that sort a dimension',
  operands: ['x'],
  infer: ({ x }, { dim }) => {
    normalizeAxis('argsort', dim, x.shape.length);
    return [{ shape: x.shape, dtype: 'i64' }];
  },
  reference: ({ x }, { dim, descending }, { y }) => [
    orderedPositions(
      'argsort',
      x,
      dim,
      x.shape[normalizeAxis('argsort', dim, x.shape.length)] ?? 1,
      descending,
      y,
    ),
  ],
  castRule: 'follow',
  samples: [
    { inputs: [{ shape: [3, 9] }], attrs: { dim: -1, descending: true } },
    {
      inputs: [{ shape: [9, 3], dtype: 'i64', range: [0, 3] }],
      attrs: { dim: 0, descending: false },
    },
    { inputs: [{ shape: [9], dtype: 'i32', range: [0, 3] }], attrs: { dim: 0, descending: true } },
  ],
});
