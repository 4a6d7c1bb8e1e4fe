// Restores a session to where a checkpoint was made: trained parameters, from master weights if
// there are any, and the optimizer's states, bit for bit. Everything is checked before anything is
// changed.
import { tensorEntry, type StoredTensor, type TensorEntry } from '@automodel/checkpoint';
import { AutomodelError, formatShape, sameShape } from '@automodel/core';
import { uploadPlaced, type ModelSession, type PlacedTensor } from '@automodel/session';
import type { TrainingStep } from '../step/training-step.js';
import { optimizerStates } from './optimizer-states.js';

/**
 * Tensors of a checkpoint. `parameters` are those of the model's or adapter's own files, by the
 * session's names.
 */
export interface CheckpointTensors {
  /** Named in errors. */
  readonly path: string;
  readonly parameters: ReadonlyMap<string, StoredTensor>;
  readonly masterWeights: ReadonlyMap<string, StoredTensor>;
  readonly optimizer: ReadonlyMap<string, StoredTensor>;
}

interface Upload {
  readonly entry: TensorEntry;
  readonly tensor: PlacedTensor;
}

/**
 * Restores all tensors. Errors: `missing-parameter` and `bad-shape` naming tensor and checkpoint;
 * `conflict` for states of another optimizer or precision.
 */
export async function restoreTraining(
  session: ModelSession,
  training: TrainingStep,
  checkpoint: CheckpointTensors,
): Promise<void> {
  const { path, optimizer } = checkpoint;
  const states = await optimizerStates(session, training);
  const known = new Set(states.map(({ name }) => name));
  const other = [...optimizer.keys()].find((name) => !known.has(name));
  if (other !== undefined)
    throw new AutomodelError(
      'conflict',
      `the checkpoint holds the optimizer state ${other}, which this run does not keep`,
      {
        location: path,
        hint: 'resume with the optimizer and the trained modules of the run that saved it',
      },
    );
  const uploads = parameterUploads(session, checkpoint);
  for (const tensor of states) {
    const { name, dtype } = tensor;
    const entry = found(optimizer.get(name), tensor, path);
    if (entry.dtype !== dtype)
      throw new AutomodelError(
        'conflict',
        `optimizer state ${name} is ${entry.dtype} in the checkpoint and ${dtype} in this run`,
        { location: path, hint: 'resume with the precision of the run that saved it' },
      );
    uploads.push({ entry, tensor });
  }
  await upload(session, uploads);
}

/** Restores the trained parameters alone. Errors: `missing-parameter` and `bad-shape`. */
export async function restoreParameters(
  session: ModelSession,
  saved: Omit<CheckpointTensors, 'optimizer'>,
): Promise<void> {
  await upload(session, parameterUploads(session, saved));
}

const parameterUploads = (
  session: ModelSession,
  { path, parameters, masterWeights }: Omit<CheckpointTensors, 'optimizer'>,
): Upload[] =>
  session.parameters.all
    .filter(({ trained }) => trained)
    .map((tensor) => {
      const stored = masterWeights.get(tensor.name) ?? parameters.get(tensor.name);
      return { entry: found(stored, tensor, path), tensor };
    });

const upload = (session: ModelSession, uploads: readonly Upload[]): Promise<void> =>
  session.exclusive(async () => {
    for (const { entry, tensor } of uploads) await uploadPlaced(session.backend, tensor, entry);
  });

function found(
  tensor: StoredTensor | undefined,
  { name, shape }: PlacedTensor,
  path: string,
): TensorEntry {
  if (tensor === undefined)
    throw new AutomodelError('missing-parameter', `the checkpoint lacks ${name}`, {
      location: path,
    });
  if (!sameShape(tensor.shape, shape))
    throw new AutomodelError(
      'bad-shape',
      `tensor ${name} has shape ${formatShape(tensor.shape)} in the checkpoint and ` +
        `${formatShape(shape)} in this run`,
      { location: tensor.file },
    );
  return tensorEntry(tensor);
}
