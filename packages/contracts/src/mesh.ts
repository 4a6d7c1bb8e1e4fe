// The processes of a run as a mesh: how many are along each axis, and which one this is.

/**
 * Axes of a mesh, from the outermost to the innermost, under NeMo's names. `dp_shard_inner` is the
 * part of NeMo's dp_shard within which weights are gathered again: 1 unless a strategy divides it.
 */
export const MESH_AXES = ['pp', 'dp_replicate', 'dp_shard', 'dp_shard_inner', 'cp', 'tp'] as const;
/** One axis of a mesh. */
export type MeshAxis = (typeof MESH_AXES)[number];

/** The axes along which processes read different data. */
export const DATA_AXES: readonly MeshAxis[] = ['dp_replicate', 'dp_shard', 'dp_shard_inner'];

/** A number of processes, and this one's place among them. */
export interface Ranks {
  readonly size: number;
  /** From 0. */
  readonly rank: number;
}

/** All processes of a run. */
export interface Mesh extends Ranks {
  readonly axes: Readonly<Record<MeshAxis, Ranks>>;
  /** Processes that read different data: those along DATA_AXES. */
  readonly data: Ranks;
}
