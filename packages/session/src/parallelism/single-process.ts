// One process: the simplest parallelism. Every parameter is whole, no pass is added, and the host
// group has one member.
import {
  MESH_AXES,
  type HostGroup,
  type Mesh,
  type MeshAxis,
  type Parallelism,
} from '@automodel/contracts';

const ALONE = { size: 1, rank: 0 } as const;

const mesh: Mesh = {
  ...ALONE,
  axes: Object.fromEntries(MESH_AXES.map((axis) => [axis, ALONE])) as Record<
    MeshAxis,
    typeof ALONE
  >,
  data: ALONE,
};

const host: HostGroup = {
  ...ALONE,
  local: ALONE,
  lost: new AbortController().signal,
  exchange: (text) => Promise.resolve([text]),
  sum: (values) => Promise.resolve(values),
  barrier: () => Promise.resolve(),
  channel: () => host,
};

/** The parallelism of a run in one process. */
export const singleProcess: Parallelism = {
  mesh,
  passes: {},
  host,
  [Symbol.asyncDispose]: () => Promise.resolve(),
};
