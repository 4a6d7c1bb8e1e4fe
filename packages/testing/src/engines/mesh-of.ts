// The mesh that axes form, as one of its ranks sees it.
import { MESH_AXES, type Mesh, type MeshAxis, type Ranks } from '@automodel/contracts';
import { ranksAlong, type RankAxis } from '@automodel/core';

/** `axes` from the outermost, in the order of MESH_AXES; the others have one rank. */
export function meshOf(axes: readonly RankAxis[], rank: number): Mesh {
  const all = MESH_AXES.map((name) => axes.find((axis) => axis.name === name) ?? { name, size: 1 });
  const along = (name: MeshAxis): Ranks => {
    const group = ranksAlong(name, all).find((ranks) => ranks.includes(rank))!;
    return { size: group.length, rank: group.indexOf(rank) };
  };
  const of = Object.fromEntries(MESH_AXES.map((name) => [name, along(name)])) as Mesh['axes'];
  const { dp_replicate: replicate, dp_shard: shard } = of;
  return {
    size: all.reduce((product, { size }) => product * size, 1),
    rank,
    axes: of,
    data: { size: replicate.size * shard.size, rank: replicate.rank * shard.size + shard.rank },
  };
}
