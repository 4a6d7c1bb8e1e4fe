// The files of a result folder that belong to the model or adapter, and go to the hub: not metrics,
// answers, reports, checkpoints of the run or what trackers keep.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ownFiles } from '@automodel/checkpoint';
import { AutomodelError } from '@automodel/core';
import { ADAPTER_CONFIG, INDEX, isSmallFile, missingModelFile, shardsOf } from '../model-files.js';

export interface ResultFiles {
  readonly kind: 'model' | 'adapter';
  /** Paths with `/` below the folder. */
  readonly paths: readonly string[];
  /** The user's own README.md is among them. */
  readonly hasCard: boolean;
  /** Checkpoints of the run, which stay here. */
  readonly checkpoints: readonly string[];
}

const TRAINING_STATE = 'training_state';
/** What runs and unfinished writes leave, and pickles. */
const NOT_MODEL = /^(?:\..*|.*\.tmp.*|losses\.json|wandb.*\.json|trainer_state\.json)$/;

/**
 * Errors: `missing-file` for a folder that is not there or not complete; `conflict` for one with
 * training state that was not asked for, or with links that lead out of it.
 */
export async function resultFiles(
  folder: string,
  withTrainingState: boolean,
): Promise<ResultFiles> {
  const all = await pathsBelow(folder);
  const checkpoints = [
    ...new Set(all.flatMap((path) => /^(epoch_\d+_step_\d+)\//.exec(path)?.[1] ?? [])),
  ];
  if (!all.includes('config.json') && !all.includes(ADAPTER_CONFIG))
    throw noModel(folder, all, checkpoints.at(-1));
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
      path === 'README.md' || weights.has(path) || (isSmallFile(path) && !NOT_MODEL.test(path)),
  );
  await refuseForeign(folder, [...paths, ...state]);
  return {
    kind: all.includes(ADAPTER_CONFIG) && !all.includes('config.json') ? 'adapter' : 'model',
    paths: [...paths, ...state],
    hasCard: all.includes('README.md'),
    checkpoints,
  };
}

/** Errors: `conflict` naming every link that leads out of the folder. */
async function refuseForeign(folder: string, paths: readonly string[]): Promise<void> {
  const { foreign } = await ownFiles(folder, paths);
  if (foreign.length === 0) return;
  const leads = foreign.length === 1 ? 'is a link that leads' : 'are links that lead';
  throw new AutomodelError('conflict', `${foreign.join(', ')} ${leads} out of the folder`, {
    location: folder,
    hint: 'a push would give away what is there: put a copy in its place, or remove the link',
  });
}

/** Paths with `/` of all files. Errors: `missing-file`. */
async function pathsBelow(folder: string): Promise<readonly string[]> {
  const info = await stat(folder).catch(() => undefined);
  if (info?.isDirectory() !== true)
    throw new AutomodelError(
      'missing-file',
      info === undefined ? 'the folder does not exist' : 'is not a folder',
      { location: folder },
    );
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .map((path) => path.split('\\').join('/'))
    .sort();
}

function noModel(
  folder: string,
  paths: readonly string[],
  checkpoint: string | undefined,
): AutomodelError {
  const held = paths.includes('metrics.jsonl')
    ? 'a run that is not finished'
    : 'no model or adapter';
  return new AutomodelError(
    'missing-file',
    `holds ${held}: there is no config.json or ${ADAPTER_CONFIG}`,
    {
      location: folder,
      hint:
        checkpoint === undefined
          ? 'name the folder that a run, merge or export wrote'
          : 'finish the run with --resume latest, or push a checkpoint such as ' +
            join(folder, checkpoint),
    },
  );
}

async function weightFiles(folder: string, all: readonly string[]): Promise<ReadonlySet<string>> {
  if (all.includes(INDEX))
    return shardsOf(await readFile(join(folder, INDEX), 'utf8'), join(folder, INDEX));
  return new Set(all.filter((path) => /^[^/]+\.safetensors$/.test(path)));
}
