// Where the halves are: a parameter of rows [R,...] is kept as [2,R/2,...], its first rows in one
// half and its last in the other. Parameters that cannot be halved stay whole.
import type { ParameterRecord, Placement } from '@automodel/contracts';
import { sizeOf } from '@automodel/core';

export function halvesOf({ shape }: ParameterRecord): Placement | undefined {
  const [rows = 0, ...row] = shape;
  if (row.length === 0 || rows % 2 !== 0) return undefined;
  const size = [rows / 2, ...row];
  return {
    shape: [2, ...size],
    boxes: () =>
      [0, 1].map((half) => ({
        start: [(half * rows) / 2, ...row.map(() => 0)],
        size,
        offset: half * sizeOf(size),
      })),
  };
}
