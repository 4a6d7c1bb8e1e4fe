// `update`: global gradient norm, finite flag, clipping and the optimizer, over the same states
// that `micro` filled. If loss or norm is not finite, nothing is written. Where ranks share a step,
// their losses, the squared norms of what they hold in pieces and their wishes to stop are added up
// in one collective for each axis of the mesh, so that all of them clip and end alike.
import {
  DATA_AXES,
  gradientState,
  LOSS_STATE,
  MESH_AXES,
  type Mesh,
  type MeshAxis,
} from '@automodel/contracts';
import {
  allReduce,
  cast,
  clipFlag,
  squaredNorms,
  trace,
  type DType,
  type Graph,
  type Shape,
  type Tensor,
  type Trace,
} from '@automodel/core';
import type { Optimizer } from '../optimizers/optimizer.js';
import { parameterScope } from './micro-program.js';

/** A parameter as the update sees it: the tensor in memory. */
export interface TrainedParameter {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
  /** The axes along which ranks hold different pieces of it. */
  readonly cutAlong?: readonly MeshAxis[] | undefined;
}

/** Scalar input f64[]: 1 where this rank wants to stop after the step. */
export const STOP = 'stop';
/** Output f64[]: how many ranks want to stop. Both are there only where ranks share the step. */
export const STOPPING = 'stopping';

/**
 * Outputs: loss, grad_norm and flag, all f32[], and where ranks share the step also `stopping`
 * f64[], how many of them want to stop. `maxNorm` Infinity: no clipping.
 */
export function updateProgram(
  parameters: readonly TrainedParameter[],
  optimizer: Optimizer,
  maxNorm: number,
  mesh?: Mesh,
): Graph {
  return trace('update', (t) => {
    t.phase = 'update';
    const gradients = parameters.map((p) =>
      t.input('state', gradientState(p.name), p.shape, p.dtype),
    );
    const norms = normsOf(parameters, gradients);
    const own = t.input('state', LOSS_STATE, [], 'f32');
    const { loss, vectors, stop } = overRanks(t, own, norms, mesh);
    const { norm, clipScale, flag } = clipFlag(loss, vectors, maxNorm);
    const scalars = optimizer.scalars(t);
    parameters.forEach((p, i) => {
      t.at(parameterScope(p.name), 'update', () =>
        optimizer.update(t, t.input('parameter', p.name, p.shape, p.dtype), gradients[i]!, {
          ...scalars,
          clipScale,
          flag,
        }),
      );
    });
    t.output('loss', loss);
    t.output('grad_norm', norm);
    t.output('flag', flag);
    if (stop !== undefined) t.output(STOPPING, stop);
  });
}

/** Squared norms f64[n] of gradients of which ranks along `cutAlong` hold pieces. */
interface Norms {
  readonly vector: Tensor;
  readonly cutAlong: readonly MeshAxis[];
}

/** The norms of all gradients, in as few vectors as their axes allow. */
function normsOf(
  parameters: readonly TrainedParameter[],
  gradients: readonly Tensor[],
): readonly Norms[] {
  const groups = new Map<string, { cutAlong: readonly MeshAxis[]; members: Tensor[] }>();
  parameters.forEach(({ cutAlong = [] }, i) => {
    const key = MESH_AXES.filter((axis) => cutAlong.includes(axis)).join();
    const group = groups.get(key) ?? { cutAlong, members: [] };
    groups.set(key, group);
    group.members.push(gradients[i]!);
  });
  return [...groups.values()].flatMap(({ cutAlong, members }) =>
    squaredNorms(members).map((vector) => ({ vector, cutAlong })),
  );
}

/** Adds up over the axes of `mesh` what differs along them. */
function overRanks(
  t: Trace,
  own: Tensor,
  norms: readonly Norms[],
  mesh: Mesh | undefined,
): {
  readonly loss: Tensor;
  readonly vectors: readonly Tensor[];
  readonly stop: Tensor | undefined;
} {
  const axes = MESH_AXES.filter((axis) => (mesh?.axes[axis].size ?? 1) > 1);
  const vectors = norms.map(({ vector }) => vector);
  if (mesh === undefined || axes.length === 0) return { loss: own, vectors, stop: undefined };
  let shared = [cast(own, 'f64'), t.input('scalar', STOP, [], 'f64')];
  for (const axis of axes) {
    const cut = norms.flatMap(({ cutAlong }, i) => (cutAlong.includes(axis) ? [i] : []));
    const hasData = DATA_AXES.includes(axis);
    const sums = allReduce([...(hasData ? shared : []), ...cut.map((i) => vectors[i]!)], {
      axis,
      ranks: mesh.axes[axis].size,
    });
    if (hasData) shared = sums.slice(0, 2);
    cut.forEach((i, at) => (vectors[i] = sums[(hasData ? 2 : 0) + at]!));
  }
  return { loss: cast(shared[0]!, 'f32'), vectors, stop: shared[1] };
}
