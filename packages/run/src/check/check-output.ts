// Checks where the run will write: the folder is free, or resumed from as asked, and writable.
import { access, constants } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { findStart, type Start } from '../checkpoints/start.js';
import type { OpenedRun } from '../open/opened-run.js';
import { ok, type Finding } from './finding.js';

/**
 * Errors: those of `findStart`, `conflict` if another run writes there, `io` for a place that
 * cannot be written.
 */
export async function checkOutput(
  run: Pick<OpenedRun, 'recipe' | 'source' | 'output' | 'workingDirectory'>,
): Promise<readonly Finding[]> {
  const { output } = run;
  await output.checkFree();
  const start = await findStart(run);
  await checkWritable(output.path);
  return [ok('output', `${output.path} ${describeStart(start)}`)];
}

function describeStart(start: Start): string {
  if (start.kind === 'finished')
    return start.finished.ending === undefined
      ? 'holds the result already: nothing is left to train'
      : 'holds the result already; its last evaluation, export or report is made now';
  if (start.kind !== 'resumed') return 'is free';
  const { path, state } = start.point;
  return `continues from ${path} at step ${state.nextStep + 1}`;
}

/** Errors: `io` if nothing can be written at `path`. */
export async function checkWritable(path: string): Promise<void> {
  const place = await nearestFolder(path);
  await access(place, constants.W_OK | constants.X_OK).catch((cause: unknown) => {
    throw new AutomodelError('io', 'this folder cannot be written', {
      location: place,
      hint: 'choose another checkpoint.checkpoint_dir',
      cause,
    });
  });
}

/** The folder itself, or the nearest one above it that exists. */
export async function nearestFolder(path: string): Promise<string> {
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  return exists || dirname(path) === path ? path : nearestFolder(dirname(path));
}
