// How FSDP2 cuts a parameter: along its first dimension into equal pieces, the last of them padded,
// so that every rank has the same program. A number without dimensions is cut as one row is.
import type { MeshAxis, ParameterRecord, Placement } from '@automodel/contracts';

/** Over how many processes a model is cut, and which piece each rank of the mesh has. */
export interface Shards {
  readonly count: number;
  /** The axes along which pieces differ. */
  readonly axes: readonly MeshAxis[];
  placeOf(rank: number): number;
  /** Every process adds up whole gradients, which are reduced once a step. */
  readonly defers: boolean;
}

/**
 * The pieces of `count` processes, of which groups of `inner` neighbours keep a copy between them.
 * A process first gathers from those at its own place in the other groups, which makes one larger
 * piece of consecutive rows; so the places of a group are as far apart as there are groups.
 */
export function shardsOf({
  count,
  inner,
  defers,
}: {
  readonly count: number;
  readonly inner: number;
  readonly defers: boolean;
}): Shards {
  const outer = count / inner;
  return {
    count,
    defers,
    axes: inner === 1 ? ['dp_shard'] : ['dp_shard', 'dp_shard_inner'],
    placeOf: (rank) => (rank % inner) * outer + (Math.floor(rank / inner) % outer),
  };
}

/** Rows of the first dimension that each rank holds, padding included. */
export const rowsPerShard = (rows: number, { count }: Pick<Shards, 'count'>): number =>
  Math.ceil(rows / count);

export function shardPlacement(
  { shape }: Pick<ParameterRecord, 'shape'>,
  shards: Shards,
): Placement {
  const [rows = 1, ...row] = shape;
  // a box has as many dimensions as the parameter, of which a number has none
  const inParameter = (box: readonly number[]): readonly number[] => box.slice(0, shape.length);
  const held = rowsPerShard(rows, shards);
  return {
    shape: [held, ...row],
    cutAlong: shards.axes,
    unreduced: shards.defers ? [held * shards.count, ...row] : undefined,
    boxes: (rank) => {
      const start = Math.min(rows, held * shards.placeOf(rank));
      const size = Math.min(held, rows - start);
      if (size === 0) return [];
      const first = inParameter([start, ...row.map(() => 0)]);
      return [{ start: first, size: inParameter([size, ...row]), offset: 0 }];
    },
  };
}
