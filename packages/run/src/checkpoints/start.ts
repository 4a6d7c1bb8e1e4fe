// How a run starts: at its first step, or at a checkpoint that was asked for. What a run folder
// already holds decides this by itself only where `restore_from: auto` asks for it.
import { AutomodelError } from '@automodel/core';
import type { CheckpointEntry } from '@automodel/checkpoint';
import type { OpenedRun } from '../open/opened-run.js';
import type { FinishedRun, OutputFolder } from '../folder/output-folder.js';
import { findResumePoint, type ResumePoint, type SavedState } from './resume-point.js';

/**
 * `fresh`: in an empty folder. `restarted`: in the folder of a run that was stopped before its
 * first checkpoint. `resumed`: from a checkpoint. `finished`: the folder holds the result already;
 * what the run has still to do is done.
 */
export type Start =
  | { readonly kind: 'fresh' }
  | { readonly kind: 'restarted' }
  | { readonly kind: 'resumed'; readonly point: ResumePoint }
  | { readonly kind: 'finished'; readonly finished: FinishedRun };

/** Whether what the run's folder holds decides how it starts. */
export const startsByItself = ({ checkpoint }: Pick<OpenedRun, 'recipe'>['recipe']): boolean =>
  checkpoint.restore_from === 'auto';

/**
 * Looks at a folder that nobody else writes into. Errors: `conflict` for one that is not empty
 * although no checkpoint was asked for, or that holds something else; those of `findResumePoint`.
 */
export async function findStart(
  run: Pick<OpenedRun, 'recipe' | 'source' | 'output' | 'workingDirectory'>,
): Promise<Start> {
  const { recipe, source, output } = run;
  const all = await output.checkpoints.list();
  const { restore_from: restoreFrom } = recipe.checkpoint;
  const finished = await output.finished();
  const isToEnd = restoreFrom !== null && finished?.ending !== undefined;
  if (finished !== undefined && (isToEnd || startsByItself(recipe)) && (await output.isOf(source)))
    return { kind: 'finished', finished };
  if (startsByItself(recipe))
    return finished !== undefined || all.length > 0
      ? resumed(run, 'latest', all)
      : startOver(output);
  if (restoreFrom !== null) return resumed(run, restoreFrom, all);
  if (all.length > 0) throw choices(output, all);
  return startOver(output);
}

const resumed = async (
  { output, workingDirectory }: Pick<OpenedRun, 'output' | 'workingDirectory'>,
  restoreFrom: string,
  all: readonly CheckpointEntry[],
): Promise<Start> => ({
  kind: 'resumed',
  point: await findResumePoint(output, restoreFrom, all, workingDirectory),
});

async function startOver(output: OutputFolder): Promise<Start> {
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
        '--resume latest goes on from it, --resume auto does so whenever there is one, ' +
        '--resume best goes on from the lowest validation loss, --resume NAME from another; or ' +
        'choose another output folder',
    },
  );

/** What a run's own folder holds from the part of the run before this one. */
export type FolderHistory = Pick<SavedState, 'nextStep' | 'metricsBytes' | 'lowestValidation'>;

/** Undefined if the folder begins with this run, even if its weights come from a checkpoint. */
export const folderHistory = (start: Start): FolderHistory | undefined =>
  start.kind === 'resumed' && start.point.ownFolder ? start.point.state : undefined;
