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
  squaredNorm,
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
    const norms = gradients.map((gradient, i) =>
      t.at(parameterScope(parameters[i]!.name), 'update', () => squaredNorm(gradient)),
    );
    const own = t.input('state', LOSS_STATE, [], 'f32');
    const { loss, squaredNorms, stop } = overRanks(t, { own, norms, parameters }, mesh);
    const { norm, clipScale, flag } = clipFlag(loss, squaredNorms, maxNorm);
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

/** What a rank knows of its step. */
interface OwnStep {
  /** f32[] */
  readonly own: Tensor;
  /** f64[] for each parameter. */
  readonly norms: readonly Tensor[];
  readonly parameters: readonly TrainedParameter[];
}

/** Adds up over the axes of `mesh` what differs along them. */
function overRanks(
  t: Trace,
  { own, norms, parameters }: OwnStep,
  mesh: Mesh | undefined,
): {
  readonly loss: Tensor;
  readonly squaredNorms: readonly Tensor[];
  readonly stop: Tensor | undefined;
} {
  const axes = MESH_AXES.filter((axis) => (mesh?.axes[axis].size ?? 1) > 1);
  if (mesh === undefined || axes.length === 0)
    return { loss: own, squaredNorms: norms, stop: undefined };
  let shared = [cast(own, 'f64'), t.input('scalar', STOP, [], 'f64')];
  const squaredNorms = [...norms];
  for (const axis of axes) {
    const cut = parameters.flatMap((p, i) => (p.cutAlong?.includes(axis) === true ? [i] : []));
    const hasData = DATA_AXES.includes(axis);
    const sums = allReduce([...(hasData ? shared : []), ...cut.map((i) => squaredNorms[i]!)], {
      axis,
      ranks: mesh.axes[axis].size,
    });
    if (hasData) shared = sums.slice(0, 2);
    cut.forEach((i, at) => (squaredNorms[i] = sums[(hasData ? 2 : 0) + at]!));
  }
  return { loss: cast(shared[0]!, 'f32'), squaredNorms, stop: shared[1] };
}
