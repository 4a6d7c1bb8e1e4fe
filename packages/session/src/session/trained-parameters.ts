// Which parameters training changes: those asked for, and of a recorded graph those that the
// gradient of the loss reaches, which nothing but the graph tells (a router's selection bias, a
// table that only compares, are stored and never trained). Hand-written models read no such
// parameters.
import { gradients } from '@automodel/core';
import type { Interceptor, LanguageModel } from '@automodel/contracts';
import { leastCapacity } from '../batch/batch-inputs.js';
import { tracedLoss } from '../programs/traced-loss.js';

export interface TrainedOptions {
  readonly model: LanguageModel;
  /** Absent: none. */
  readonly trainable?: ((name: string) => boolean) | undefined;
  readonly interceptors?: readonly Interceptor[] | undefined;
}

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
