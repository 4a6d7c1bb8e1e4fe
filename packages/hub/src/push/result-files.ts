// The files of a result folder that belong to the model or adapter, and go to the hub: not metrics,
// answers, reports, checkpoints of the run or what trackers keep.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { ADAPTER_CONFIG, INDEX, missingModelFile, shardsOf, SMALL } from '../model-files.js';

export interface ResultFiles {
  readonly kind: 'model' | 'adapter';
  /** Paths with `/` below the folder. */
  readonly paths: readonly string[];
  /** The user's own README.md is among them. */
  readonly hasCard: boolean;
  /** Checkpoints of the run, which stay here. */
  readonly checkpoints: readonly string[];
}

export const TRAINING_STATE = 'training_state';
/** What runs and unfinished writes leave, and pickles. */
const NOT_MODEL = /^(?:\..*|.*\.tmp.*|losses\.json|wandb.*\.json|trainer_state\.json)$/;

/**
 * Errors: `missing-file` for a folder that is not there or not complete; `conflict` for one with
 * training state that was not asked for.
 */
export async function resultFiles(
  folder: string,
  withTrainingState: boolean,
): Promise<ResultFiles> {
  const info = await stat(folder).catch(() => undefined);
  if (info?.isDirectory() !== true)
    throw new AutomodelError(
      'missing-file',
      info === undefined ? 'the folder does not exist' : 'is no folder',
      { location: folder },
    );
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const all = entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .split('\\')
        .join('/'),
    )
    .sort();
  const checkpoints = [
    ...new Set(all.flatMap((path) => /^(epoch_\d+_step_\d+)\//.exec(path)?.[1] ?? [])),
  ];
  if (!all.includes('config.json') && !all.includes(ADAPTER_CONFIG)) {
    throw new AutomodelError(
      'missing-file',
      all.includes('metrics.jsonl')
        ? 'holds a run that is not finished: there is no config.json or adapter_config.json'
        : 'holds no model or adapter: there is no config.json or adapter_config.json',
      {
        location: folder,
        hint:
          checkpoints.length > 0
            ? 'finish the run with --resume latest, or push a checkpoint such as ' +
              `${join(folder, checkpoints.at(-1)!)}`
            : 'name the folder that a run, merge or export wrote',
      },
    );
  }
  const missing = await missingModelFile(folder, 'model');
  if (missing !== undefined)
    throw new AutomodelError('missing-file', `is not complete: ${missing} is missing`, {
      location: folder,
      hint: 'push the folder that a run, merge or export wrote, with all its files',
    });
  const state = all.filter((path) => path.startsWith(`${TRAINING_STATE}/`));
  if (state.length > 0 && !withTrainingState)
    throw new AutomodelError(
      'conflict',
      'is a checkpoint and holds the state of training, which only resuming needs',
      {
        location: folder,
        hint: 'push the result of the run, or ask for it with --with-training-state',
      },
    );
  const weights = await weightFiles(folder, all);
  const paths = all.filter(
    (path) =>
      path === 'README.md' || weights.has(path) || (SMALL.test(path) && !NOT_MODEL.test(path)),
  );
  return {
    kind: all.includes(ADAPTER_CONFIG) && !all.includes('config.json') ? 'adapter' : 'model',
    paths: [...paths, ...state],
    hasCard: all.includes('README.md'),
    checkpoints,
  };
}

async function weightFiles(folder: string, all: readonly string[]): Promise<ReadonlySet<string>> {
  if (all.includes(INDEX))
    return shardsOf(await readFile(join(folder, INDEX), 'utf8'), join(folder, INDEX));
  return new Set(all.filter((path) => /^[^/]+\.safetensors$/.test(path)));
}
