// What a checkpoint takes from a session: the trained parameters, the optimizer's states, and weights that the model's files would round. All are streams over the session's memory, which changes in
// `update` only: they may be read beside `micro`, and `update` waits for them.
import { storageOfDType, type TensorSource } from '@automodel/checkpoint';
import type { DType } from '@automodel/core';
import type { ModelSession } from '../session/model-session.js';
import type { TrainingStep } from '../session/training-step.js';
import { optimizerStates } from './optimizer-states.js';

export interface TrainingTensors {
  /** Trained parameters by their names in the session, as the session holds them. */
  readonly parameters: readonly TensorSource[];
  readonly optimizer: readonly TensorSource[];
  /** Those parameters that `storedAs` gives another dtype than the session's. */
  readonly masterWeights: readonly TensorSource[];
}

/** `storedAs`: the dtype in which a trained parameter is written into the model's or adapter's own files. */
export function trainingTensors(session: ModelSession, training: TrainingStep, storedAs: (name: string) => DType): TrainingTensors {
  const parameters = session.parameters.sources();
  const rounded = new Set(session.parameters.all.filter(({ trained, name, dtype }) => trained && storedAs(name) !== dtype).map(({ name }) => name));
  const optimizer = optimizerStates(session, training).map(({ name, shape, dtype }): TensorSource => ({ name, shape, storageType: storageOfDType(dtype), chunks: () => session.states.chunks(name) }));
  return { parameters, optimizer, masterWeights: parameters.filter(({ name }) => rounded.has(name)) };
}

/** The same tensors copied into host memory, so that the session may change at once. */
export function copiedTensors(tensors: TrainingTensors): TrainingTensors {
  const copies = new Map<TensorSource, TensorSource>();
  const copy = (source: TensorSource): TensorSource => {
    const known = copies.get(source);
    if (known !== undefined) return known;
    const chunks = [...(source.chunks() as Iterable<Uint8Array>)];
    const result = { ...source, chunks: () => chunks };
    copies.set(source, result);
    return result;
  };
  return { parameters: tensors.parameters.map(copy), optimizer: tensors.optimizer.map(copy), masterWeights: tensors.masterWeights.map(copy) };
}
