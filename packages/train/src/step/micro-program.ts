// `micro`: forward, backward and accumulation of one micro-batch. The loss is the sum of the
// tokens' cross entropies times `scale` (1 / trained tokens of the global batch). Gradients and
// loss are added to persistent states, which the first micro-batch of a step (keep = 0) overwrites.
import {
  AutomodelError,
  gradientAccumulate,
  gradients,
  type Graph,
  type Tensor,
  type Trace,
} from '@automodel/core';
import {
  gradientState,
  LOSS_STATE,
  type Capacity,
  type StructureReport,
} from '@automodel/contracts';
import { SCALARS, tracedLoss, type ProgramSettings } from '@automodel/session';
import { customLoss, nameOf, type LossFunction } from './custom-loss.js';

/** The program of a micro-batch. */
export const MICRO = 'micro';
/** The one that completes the gradients of a step, where parallelism has passes for it. */
export const MICRO_LAST = 'micro last';

/** The graph, and which parameters it trains (in order). */
export interface MicroProgram {
  readonly graph: Graph;
  readonly trained: readonly string[];
  /** For a recorded graph: what fusion recognised in it. */
  readonly structure: StructureReport | undefined;
}

/** Loss and gradients of one micro-batch, in a trace that is still open. */
export interface TracedGradients {
  readonly trace: Trace;
  /** f32[] */
  readonly loss: Tensor;
  /** What the loss reaches, in the order of reading; gradients have the parameter's type. */
  readonly trained: readonly {
    readonly name: string;
    readonly parameter: Tensor;
    readonly gradient: Tensor;
  }[];
  readonly structure: StructureReport | undefined;
}

/**
 * `custom` takes the place of the cross entropy. Errors: `bad-shape` and `bad-graph` of a custom
 * loss, naming it.
 */
export function tracedGradients(
  name: string,
  settings: ProgramSettings,
  capacity: Capacity,
  trainable: (name: string) => boolean,
  custom?: LossFunction,
): TracedGradients {
  const { trace, loss, parameters, structure } = tracedLoss(
    name,
    settings,
    capacity,
    trainable,
    custom === undefined
      ? undefined
      : (output, targets, scale) => customLoss(custom, output, targets, scale),
  );
  const adjoints = gradients(loss, parameters);
  if (
    custom !== undefined &&
    parameters.length > 0 &&
    adjoints.every((gradient) => gradient === undefined)
  )
    throw new AutomodelError('bad-graph', `${nameOf(custom)} depends on no trained parameter`, {
      hint: 'compute it from the logits',
    });
  const trained = parameters.flatMap((parameter, i) => {
    const gradient = adjoints[i];
    return gradient === undefined
      ? []
      : [{ name: parameter.value.input!.name, parameter, gradient }];
  });
  return { trace, loss, trained, structure };
}

/** Errors: as `tracedGradients`. */
export function microProgram(
  settings: ProgramSettings,
  capacity: Capacity,
  trainable: (name: string) => boolean,
  custom?: LossFunction,
): MicroProgram {
  const traced = tracedGradients(MICRO, settings, capacity, trainable, custom);
  const { trace, loss, trained, structure } = traced;
  const keep = trace.input('scalar', SCALARS.keep, [], 'f32');
  trace.run(() => {
    for (const { name, parameter, gradient } of trained) {
      const state = trace.input('state', gradientState(name), parameter.shape, parameter.dtype);
      trace.at(parameterScope(name), 'backward', () =>
        trace.assign(state, gradientAccumulate(state, gradient, keep)),
      );
    }
    const total = trace.input('state', LOSS_STATE, [], 'f32');
    trace.assign(total, gradientAccumulate(total, loss, keep));
  });
  return { graph: trace.finish(), trained: trained.map(({ name }) => name), structure };
}

/** The module a parameter belongs to: `model.norm` for `model.norm.weight`. */
export const parameterScope = (name: string): string =>
  name.slice(0, Math.max(0, name.lastIndexOf('.')));
