// What a checkpoint takes from a session: the trained parameters, the optimizer's states, and
// weights that the model's files would round. All are streams over the session's memory, which only
// `update` changes: they may be read while `micro` runs, and `update` waits for them.
import { setImmediate } from 'node:timers/promises';
import type { TensorSource } from '@automodel/checkpoint';
import type { DType } from '@automodel/core';
import { placedSource, type ModelSession } from '@automodel/session';
import type { TrainingStep } from '../step/training-step.js';
import { optimizerStates } from './optimizer-states.js';

/** The tensors of a checkpoint, as streams. */
export interface TrainingTensors {
  /** Trained parameters by their names in the session, as the session holds them. */
  readonly parameters: readonly TensorSource[];
  readonly optimizer: readonly TensorSource[];
  /** The parameters for which `storedAs` gives a dtype other than the session's. */
  readonly masterWeights: readonly TensorSource[];
}

/**
 * `storedAs`: the dtype in which a trained parameter is written into the model's or adapter's own
 * files.
 */
export async function trainingTensors(
  session: ModelSession,
  training: TrainingStep,
  storedAs: (name: string) => DType,
): Promise<TrainingTensors> {
  const parameters = session.parameters.sources();
  const rounded = new Set(
    session.parameters.all
      .filter(({ trained, name, dtype }) => trained && storedAs(name) !== dtype)
      .map(({ name }) => name),
  );
  const states = await optimizerStates(session, training);
  const optimizer = states.map((state) => placedSource(session.backend, state));
  return {
    parameters,
    optimizer,
    masterWeights: parameters.filter(({ name }) => rounded.has(name)),
  };
}

/**
 * The same tensors in host memory, so that the session may change once they are there. Copies chunk
 * by chunk and lets other work go on in between, so that a running step is not held up.
 */
export async function copiedTensors(tensors: TrainingTensors): Promise<TrainingTensors> {
  const copies = new Map<TensorSource, TensorSource>();
  for (const source of [...tensors.parameters, ...tensors.optimizer, ...tensors.masterWeights]) {
    if (copies.has(source)) continue;
    const chunks: Uint8Array[] = [];
    for await (const chunk of source.chunks()) {
      chunks.push(chunk);
      await setImmediate();
    }
    copies.set(source, { ...source, chunks: () => chunks });
  }
  const copied = (source: TensorSource): TensorSource => copies.get(source)!;
  return {
    parameters: tensors.parameters.map(copied),
    optimizer: tensors.optimizer.map(copied),
    masterWeights: tensors.masterWeights.map(copied),
  };
}
