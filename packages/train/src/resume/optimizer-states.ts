// The states that the optimizer keeps between steps, as tensors: each belongs to one trained
// parameter, has its shape, dtype and placement and is named `<state>.<parameter>`.
import type { ModelSession, PlacedTensor } from '@automodel/session';
import type { TrainingStep } from '../step/training-step.js';

/** The optimizer's states, in the order in which the update reads them. */
export async function optimizerStates(
  session: ModelSession,
  training: TrainingStep,
): Promise<readonly PlacedTensor[]> {
  const names = await training.optimizerStates();
  return names.map((name) => {
    const parameter = session.parameters.get(name.slice(name.indexOf('.') + 1));
    return { ...parameter, name, buffer: session.states.get(name) };
  });
}
