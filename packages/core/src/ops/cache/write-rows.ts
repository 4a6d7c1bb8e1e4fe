// Writing rows into a cache at given positions: how a decoding program extends its key and value
// states. The planner makes it happen in place.

import { AutomodelError } from '../../error.js';
import { formatType, sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { noFlops, totalBytes } from '../support/default-cost.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import type { NoAttributes } from '../support/operand.js';

/**
 * cache[C,...], rows[T,...], positions i32[T] -> cache with row t written at positions[t]; a
 * negative position skips the row.
 */
export function writeRows(cache: Tensor, rows: Tensor, positions: Tensor): Tensor {
  return cache.trace.apply(writeRowsOp, [cache, rows, positions], {})[0];
}

export const writeRowsOp: OpDefinition<NoAttributes> = defineOp({
  name: 'write_rows',
  summary: 'copy of a cache with rows replaced at given positions',
  operands: ['cache', 'rows', 'positions'],
  infer({ cache, rows, positions }) {
    const fits =
      cache.shape.slice(1).join() === rows.shape.slice(1).join() &&
      positions.shape.length === 1 &&
      positions.shape[0] === rows.shape[0] &&
      positions.dtype === 'i32';
    if (!fits || cache.dtype !== rows.dtype)
      throw new AutomodelError(
        'bad-shape',
        `write_rows: rows ${formatType(rows)} at ` +
          `${formatType(positions)} do not fit cache ` +
          `${formatType(cache)}`,
      );
    return [{ shape: cache.shape, dtype: cache.dtype }];
  },
  reference: ({ cache, rows, positions }) => {
    const data = cache.data.slice() as Float64Array;
    const width = sizeOf(cache.shape.slice(1));
    positions.data.forEach((position: number | bigint, t: number) => {
      const at = Number(position);
      if (at >= cache.shape[0]!)
        throw new AutomodelError(
          'bad-argument',
          `write_rows: position ${at} is outside a cache of ${cache.shape[0]!} rows`,
        );
      if (at >= 0)
        data.set((rows.data as Float64Array).subarray(t * width, (t + 1) * width), at * width);
    });
    return [{ ...cache, data }];
  },
  flops: noFlops,
  /** In place: rows go from one memory to another, the rest of the cache stays where it is. */
  bytes: ({ rows, positions }) => totalBytes([positions, rows, rows]),
  overwrites: [[0, 0]],
  samples: [
    {
      inputs: [
        { shape: [6, 2, 3] },
        { shape: [3, 2, 3] },
        { shape: [3], dtype: 'i32', values: [4, -1, 0] },
      ],
      attrs: {},
      differentiable: [],
    },
  ],
});
