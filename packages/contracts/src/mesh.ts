// The processes of a run as a mesh: how many are along each axis, and which one this is.

/** Axes of a mesh, from the outermost to the innermost, under NeMo's names. */
export const MESH_AXES = ['pp', 'dp_replicate', 'dp_shard', 'cp', 'tp'] as const;
/** One axis of a mesh. */
export type MeshAxis = (typeof MESH_AXES)[number];

/** A number of processes, and this one's place among them. */
export interface Ranks {
  readonly size: number;
  /** From 0. */
  readonly rank: number;
}

/** All processes of a run. */
export interface Mesh extends Ranks {
  readonly axes: Readonly<Record<MeshAxis, Ranks>>;
  /** Processes that read different data: those along the axes dp_replicate and dp_shard. */
  readonly data: Ranks;
}
