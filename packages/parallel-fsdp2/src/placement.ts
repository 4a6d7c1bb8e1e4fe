// How FSDP2 cuts a parameter: along its first dimension into equal pieces, the last of them padded,
// so that every rank has the same program. A number without dimensions stays whole.
import type { ParameterRecord, Placement } from '@automodel/contracts';

/** Processes along the axis dp_shard, and the place there of each rank of the mesh. */
export interface Shards {
  readonly count: number;
  placeOf(rank: number): number;
}

/** Rows of the first dimension that each rank holds, padding included. */
export const rowsPerShard = (rows: number, { count }: Pick<Shards, 'count'>): number =>
  Math.ceil(rows / count);

/** undefined: whole. */
export function shardPlacement(
  { shape: [rows, ...row] }: Pick<ParameterRecord, 'shape'>,
  shards: Shards,
): Placement | undefined {
  if (rows === undefined) return undefined;
  const held = rowsPerShard(rows, shards);
  return {
    shape: [held, ...row],
    cutAlong: ['dp_shard'],
    boxes: (rank) => {
      const start = Math.min(rows, held * shards.placeOf(rank));
      const size = Math.min(held, rows - start);
      const rest = row.map(() => 0);
      return size === 0 ? [] : [{ start: [start, ...rest], size: [size, ...row], offset: 0 }];
    },
  };
}
