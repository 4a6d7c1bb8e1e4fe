// Where the run will write: free to be used, or resumed from as asked, and writable.
import { access, constants } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { resumePoint } from '../checkpoints/resume-point.js';
import type { RunContainer } from '../open/run-container.js';
import { PARTS } from '../open/tokens.js';
import { ok, type Finding } from './finding.js';

/** Errors: those of `resumePoint`, and `io` for a place that cannot be written. */
export async function checkOutput(parts: RunContainer): Promise<readonly Finding[]> {
  const output = parts.get(PARTS.output);
  const point = await resumePoint(
    output,
    parts.get(PARTS.recipe).recipe.checkpoint.restore_from,
    parts.get(PARTS.workingDirectory),
  );
  await checkWritable(output.path);
  return [
    ok(
      'output',
      point === undefined
        ? `${output.path} is free`
        : `${output.path} goes on from ${point.path} at step ${point.state.nextStep + 1}`,
    ),
  ];
}

/** Errors: `io` where nothing can be written at `path`. */
export async function checkWritable(path: string): Promise<void> {
  const place = await nearestFolder(path);
  await access(place, constants.W_OK | constants.X_OK).catch((cause: unknown) => {
    throw new AutomodelError('io', 'this folder cannot be written', {
      location: place,
      hint: 'Choose another checkpoint.checkpoint_dir.',
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
