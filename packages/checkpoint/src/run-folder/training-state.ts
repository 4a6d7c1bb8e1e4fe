// What a checkpoint holds besides the model or adapter so that training continues exactly:
// optimizer states, weights that the model's files store in fewer bits, and the position of the
// run. It has a folder of its own below the checkpoint, which itself is a plain Hugging Face or
// PEFT folder.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { isJsonObject, readJsonFile } from '../files/read-json-file.js';
import { ALONE, type WritingGroup } from '../files/writing-group.js';
import { openSafetensors } from '../safetensors/open-safetensors.js';
import type { StoredTensor } from '../safetensors/stored-tensor.js';
import type { TensorSource } from '../safetensors/tensor-source.js';
import { writeSafetensors } from '../safetensors/write-safetensors.js';

/** Name of the folder below a checkpoint. */
export const TRAINING_STATE = 'training_state';
const [STATE, OPTIMIZER, MASTERS] = [
  'state.json',
  'optimizer.safetensors',
  'master_weights.safetensors',
];
/** Version of state.json and of the files beside it. */
const VERSION = 1;

/** A training state to write. */
export interface TrainingState {
  /** JSON: what the run says about itself. */
  readonly state: Readonly<Record<string, unknown>>;
  /** Optimizer states, named `<state>.<parameter>`. */
  readonly optimizer: readonly TensorSource[];
  /** Trained weights in the run's own precision where the model's files store another. */
  readonly masterWeights: readonly TensorSource[];
}

/** A training state that was opened. */
export interface StoredTrainingState {
  readonly path: string;
  readonly state: Readonly<Record<string, unknown>>;
  readonly optimizer: ReadonlyMap<string, StoredTensor>;
  readonly masterWeights: ReadonlyMap<string, StoredTensor>;
}

/**
 * Writes the folder below `checkpoint`. state.json comes last: without it the state is incomplete.
 * Processes of a group all call it, within `together`. Errors: `io`.
 */
export async function writeTrainingState(
  checkpoint: string,
  { state, optimizer, masterWeights }: TrainingState,
  group: WritingGroup = ALONE,
): Promise<void> {
  const folder = join(checkpoint, TRAINING_STATE);
  if (group.rank === 0) await mkdir(folder);
  await writeSafetensors(join(folder, OPTIMIZER), optimizer, { group });
  if (masterWeights.length > 0)
    await writeSafetensors(join(folder, MASTERS), masterWeights, { group });
  if (group.rank !== 0) return;
  const facts = { version: VERSION, master_weights: masterWeights.length > 0, ...state };
  await writeFile(join(folder, STATE), `${JSON.stringify(facts, null, 2)}\n`);
}

/**
 * Opens what `writeTrainingState` wrote; reads no tensor. Errors: `missing-file`, `bad-file`, and
 * `unsupported` for a state of a newer version, naming the file.
 */
export async function openTrainingState(checkpoint: string): Promise<StoredTrainingState> {
  const folder = join(checkpoint, TRAINING_STATE);
  const file = await readJsonFile(join(folder, STATE));
  if (file === undefined)
    throw new AutomodelError('missing-file', `no ${TRAINING_STATE}/${STATE}`, {
      location: checkpoint,
      hint:
        'name a checkpoint folder of a run, such as epoch_0_step_99; a plain model folder is ' +
        'continued as a new run',
    });
  const { version, master_weights: hasMasters } = file.value;
  if (typeof version !== 'number' || !Number.isSafeInteger(version))
    throw new AutomodelError('bad-file', 'no version', { location: file.path });
  if (version > VERSION)
    throw new AutomodelError(
      'unsupported',
      `the checkpoint has version ${version}, this program reads up to ${VERSION}`,
      { location: file.path, hint: 'update automodel' },
    );
  if (!isJsonObject(file.value))
    throw new AutomodelError('bad-file', 'the top level is not a JSON object', {
      location: file.path,
    });
  const tensors = async (name: string): Promise<ReadonlyMap<string, StoredTensor>> =>
    new Map(
      (await openSafetensors(join(folder, name))).tensors.map((tensor) => [tensor.name, tensor]),
    );
  return {
    path: folder,
    state: file.value,
    optimizer: await tensors(OPTIMIZER),
    masterWeights: hasMasters === true ? await tensors(MASTERS) : new Map(),
  };
}
