// The states that the optimizer keeps between steps, as tensors: each belongs to one trained
// parameter, has its shape and dtype and is named `<state>.<parameter>`.
import type { DType, Shape } from '@automodel/core';
import { gradientState, LOSS_STATE } from '../step/micro-program.js';
import type { ModelSession } from '@automodel/session';
import type { TrainingStep } from '../step/training-step.js';

export interface OptimizerState {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** In the order in which the update reads them. */
export async function optimizerStates(
  session: ModelSession,
  training: TrainingStep,
): Promise<readonly OptimizerState[]> {
  const { shared } = await training.updateProgram();
  const kept = shared.filter(
    ({ kind, name }) =>
      kind === 'state' && name !== LOSS_STATE && !name.startsWith(gradientState('')),
  );
  return kept.map(({ name }) => {
    const { shape, dtype } = session.parameters.get(name.slice(name.indexOf('.') + 1));
    return { name, shape, dtype };
  });
}
