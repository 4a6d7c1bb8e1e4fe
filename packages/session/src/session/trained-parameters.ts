// Which parameters training changes: those asked for, and in a recorded graph only those that the
// gradient of the loss reaches. Only the graph shows which they are: a router's selection bias, or
// a table used only in comparisons, is stored but never trained. Hand-written models read no such
// parameters.
import { gradients } from '@automodel/core';
import type { Interceptor, LanguageModel } from '@automodel/contracts';
import { leastCapacity } from '../batch/batch-inputs.js';
import { tracedLoss } from '../programs/traced-loss.js';

/** The model and the parameters asked for. */
export interface TrainedOptions {
  readonly model: LanguageModel;
  /** Absent: none. */
  readonly trainable?: ((name: string) => boolean) | undefined;
  readonly interceptors?: readonly Interceptor[] | undefined;
}

/** Whether a parameter is trained, by its name. */
export function trainedParameters({
  model,
  trainable,
  interceptors = [],
}: TrainedOptions): (name: string) => boolean {
  if (trainable === undefined) return () => false;
  if (model.readsUntrained !== true) return trainable;
  const { loss, parameters } = tracedLoss(
    'reached',
    { model, compute: 'f32', dtypeOf: () => 'f32', interceptors, fuse: false },
    leastCapacity(model),
    trainable,
  );
  const adjoints = gradients(loss, parameters);
  const reached = new Set(
    parameters.flatMap(({ value }, i) => (adjoints[i] === undefined ? [] : [value.input!.name])),
  );
  return (name) => reached.has(name);
}
