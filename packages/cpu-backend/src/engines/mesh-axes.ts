// The axes of a mesh, from the outermost, as they count ranks.
import { MESH_AXES, type Mesh } from '@automodel/contracts';
import { ranksAlong, type RankAxis } from '@automodel/core';

const axesOf = (mesh: Mesh): readonly RankAxis[] =>
  MESH_AXES.map((name) => ({ name, size: mesh.axes[name].size }));

/** The ranks along an axis that this process is one of. Errors: `bad-graph` for no such axis. */
export const groupAlong = (mesh: Mesh, axis: string): readonly number[] =>
  ranksAlong(axis, axesOf(mesh)).find((group) => group.includes(mesh.rank))!;
