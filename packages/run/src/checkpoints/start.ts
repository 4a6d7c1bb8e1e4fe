// How a run starts: at its first step, or at a checkpoint that was asked for. What a run folder
// already holds never decides this by itself.
import { AutomodelError } from '@automodel/core';
import type { CheckpointEntry } from '@automodel/checkpoint';
import type { OpenedRun } from '../open/opened-run.js';
import type { OutputFolder } from '../folder/output-folder.js';
import { findResumePoint, type ResumePoint, type SavedState } from './resume-point.js';

/**
 * `fresh`: in an empty folder. `restarted`: in the folder of a run that was stopped before its
 * first checkpoint. `resumed`: from a checkpoint.
 */
export type Start =
  | { readonly kind: 'fresh' }
  | { readonly kind: 'restarted' }
  | { readonly kind: 'resumed'; readonly point: ResumePoint };

/**
 * Errors: `conflict` for a folder that another run writes into, or that is not empty although no
 * checkpoint was asked for; those of `findResumePoint`.
 */
export async function findStart({
  recipe,
  output,
  workingDirectory,
}: Pick<OpenedRun, 'recipe' | 'output' | 'workingDirectory'>): Promise<Start> {
  await output.checkFree();
  const all = await output.checkpoints.list();
  const { restore_from: restoreFrom } = recipe.checkpoint;
  if (restoreFrom !== null)
    return {
      kind: 'resumed',
      point: await findResumePoint(output, restoreFrom, all, workingDirectory),
    };
  if (all.length > 0) throw choices(output, all);
  const { startsOver } = await output.checkEmpty();
  return { kind: startsOver ? 'restarted' : 'fresh' };
}

const choices = (output: OutputFolder, all: readonly CheckpointEntry[]): AutomodelError =>
  new AutomodelError(
    'conflict',
    `the run folder already holds checkpoints, the last ${all.at(-1)!.name}`,
    {
      location: output.path,
      hint:
        '--resume latest goes on from it, --resume best from the lowest validation loss, ' +
        '--resume NAME from another; or choose another output folder',
    },
  );

/** What a run's own folder holds from the part of the run before this one. */
export type FolderHistory = Pick<SavedState, 'nextStep' | 'metricsBytes' | 'lowestValidation'>;

/** Undefined if the folder begins with this run, even if its weights come from a checkpoint. */
export const folderHistory = (start: Start): FolderHistory | undefined =>
  start.kind === 'resumed' && start.point.ownFolder ? start.point.state : undefined;
