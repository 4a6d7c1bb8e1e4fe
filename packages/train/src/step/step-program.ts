// `step`: forward, backward and the updates of a step of one micro-batch, without gradient states.
// Each parameter is updated as soon as its gradient is complete, which takes the memory of the
// gradient at once; numbers are those of `micro` and `update` without clipping. If the loss is not
// finite, nothing is written. If the gradient of a parameter is not finite, that parameter is not
// written; others may be, because their gradients are gone when it is found.
import type { Capacity, StructureReport } from '@automodel/contracts';
import {
  clipFlag,
  full,
  gradientAccumulate,
  squaredNorm,
  type Graph,
  type Tensor,
} from '@automodel/core';
import type { ProgramSettings } from '@automodel/session';
import type { Optimizer } from '../optimizers/optimizer.js';
import type { LossFunction } from './custom-loss.js';
import { parameterScope, tracedGradients } from './micro-program.js';
import type { TrainedParameter } from './update-program.js';

/** The program of a whole step. */
export const STEP = 'step';

/** What a step updates, and how. */
export interface StepProgramOptions {
  readonly parameters: readonly TrainedParameter[];
  /** Absent: gradients are only measured, to look for one that is not finite. */
  readonly optimizer: Optimizer | undefined;
  readonly loss?: LossFunction | undefined;
}

/** The graph; `structure`: for a recorded graph, what fusion recognised in it. */
export interface StepProgram {
  readonly graph: Graph;
  readonly structure: StructureReport | undefined;
}

/**
 * Outputs: loss, grad_norm and flag, all f32[], as `update` has them. Errors: as
 * `tracedGradients`.
 */
export function stepProgram(
  settings: ProgramSettings,
  capacity: Capacity,
  { parameters, optimizer, loss: custom }: StepProgramOptions,
): StepProgram {
  const names = new Set(parameters.map(({ name }) => name));
  const traced = tracedGradients(STEP, settings, capacity, (name) => names.has(name), custom);
  const { trace, loss, structure } = traced;
  const reached = new Map(traced.trained.map((trained) => [trained.name, trained]));
  const update = (parameter: TrainedParameter, scalars: Readonly<Record<string, Tensor>>): Tensor =>
    trace.at(parameterScope(parameter.name), 'update', () => {
      const { name, shape, dtype } = parameter;
      const none = full(shape, 0, dtype, trace);
      const found = reached.get(name)?.gradient;
      const gradient =
        found === undefined
          ? none
          : trace.at(parameterScope(name), 'backward', () =>
              gradientAccumulate(none, found, full([], 0, 'f32', trace)),
            );
      const squared = squaredNorm(gradient);
      const { clipScale, flag } = clipFlag(loss, [squared], Infinity);
      const tensor = trace.input('parameter', name, shape, dtype);
      optimizer?.update(trace, tensor, gradient, { ...scalars, clipScale, flag });
      return squared;
    });
  trace.run(() => {
    const scalars = optimizer?.scalars(trace) ?? {};
    const squared = parameters.map((parameter) => update(parameter, scalars));
    trace.at('', 'update', () => {
      const { norm, flag } = clipFlag(loss, squared, Infinity);
      trace.output('loss', loss);
      trace.output('grad_norm', norm);
      trace.output('flag', flag);
    });
  });
  return { graph: trace.finish(), structure };
}
