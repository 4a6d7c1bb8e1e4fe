// Checks where the run will write: the folder is free, or resumed from as asked, and writable.
import { access, constants } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { findStart } from '../checkpoints/start.js';
import type { OpenedRun } from '../open/opened-run.js';
import { ok, type Finding } from './finding.js';

/** Errors: those of `findStart`, and `io` for a place that cannot be written. */
export async function checkOutput(
  run: Pick<OpenedRun, 'recipe' | 'output' | 'workingDirectory'>,
): Promise<readonly Finding[]> {
  const { output } = run;
  const start = await findStart(run);
  await checkWritable(output.path);
  return [
    ok(
      'output',
      start.kind === 'resumed'
        ? `${output.path} goes on from ${start.point.path} at step ` +
            `${start.point.state.nextStep + 1}`
        : `${output.path} is free`,
    ),
  ];
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
