// Which parameters training changes: those asked for, and of a recorded graph those that the
// gradient of the loss reaches, which nothing but the graph tells (a router's selection bias, a
// table that only compares, are stored and never trained). Hand-written models read no such
// parameters.
import type { Interceptor, LanguageModel } from '@automodel/contracts';
import { leastCapacity } from '../programs/batch-inputs.js';
import { microProgram } from '../programs/micro-program.js';

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
  if (model.kind !== 'recorded') return trainable;
  const { trained } = microProgram(
    { model, compute: 'f32', dtypeOf: () => 'f32', interceptors, fuse: false },
    leastCapacity(model),
    trainable,
  );
  const reached = new Set(trained);
  return (name) => reached.has(name);
}
