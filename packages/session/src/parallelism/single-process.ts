// One process: the simplest parallelism. Every parameter is whole, no pass is added, and the host
// group has one member.
import { MESH_AXES, type Mesh, type MeshAxis, type Parallelism } from '@automodel/contracts';

const ALONE = { size: 1, rank: 0 } as const;

const mesh: Mesh = {
  ...ALONE,
  axes: Object.fromEntries(MESH_AXES.map((axis) => [axis, ALONE])) as Record<
    MeshAxis,
    typeof ALONE
  >,
  data: ALONE,
};

/** The parallelism of a run in one process. */
export const singleProcess: Parallelism = {
  mesh,
  passes: {},
  host: {
    ...ALONE,
    sum: (values) => Promise.resolve(values),
    barrier: () => Promise.resolve(),
  },
  [Symbol.asyncDispose]: () => Promise.resolve(),
};
