// Checks that the disk of the output folder has room for the result and the checkpoints that are
// kept.
import { statfs } from 'node:fs/promises';
import { bytesOf, sizeOf } from '@automodel/core';
import { parameterRecords } from '@automodel/session';
import { formatBytes } from '../machine/format-bytes.js';
import { optimizerStatesOf, stepSchedulerOf } from '../open/training-settings.js';
import type { OpenedRun } from '../open/opened-run.js';
import type { ModelOfRun } from './check-model.js';
import { nearestFolder } from './check-output.js';
import { failure, ok, type Finding } from './finding.js';

/**
 * Bytes of the result and of one checkpoint. Trained values are written as the folder stores them,
 * with f32 master weights beside them under bf16.
 */
async function savedBytes(
  run: ModelOfRun & Pick<OpenedRun, 'recipe'>,
): Promise<{ readonly result: number; readonly checkpoint: number }> {
  const { folder } = await run.modelFolder();
  const model = await run.model();
  const own = await run.adapter();
  const precision = await run.precision();
  const records = parameterRecords(
    model,
    own === undefined ? [] : [own.adapter.interceptor],
  ).filter(({ name }) => own === undefined || own.adapter.owns(name));
  const stored = records.reduce(
    (sum, { name, shape }) =>
      sum + sizeOf(shape) * bytesOf(folder.weights.tensors.get(name)?.dtype ?? 'f32'),
    0,
  );
  const elements = records.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const states = optimizerStatesOf(run.recipe);
  const bytes = precision === 'bf16_pure' ? 2 : 4;
  return {
    result: stored,
    checkpoint: stored + elements * bytes * states + (precision === 'bf16' ? elements * 4 : 0),
  };
}

export async function checkDisk(
  run: ModelOfRun & Pick<OpenedRun, 'recipe' | 'output' | 'trainingLoader'>,
): Promise<readonly Finding[]> {
  const { recipe } = run;
  const place = await nearestFolder(run.output.path);
  const { result, checkpoint } = await savedBytes(run);
  const { batchesPerEpoch } = await run.trainingLoader();
  const written = Math.ceil(
    stepSchedulerOf(recipe, batchesPerEpoch).totalSteps /
      (recipe.step_scheduler.ckpt_every_steps ?? batchesPerEpoch),
  );
  // The next checkpoint is complete before an old one is removed, and the one with the lowest
  // validation loss may be older.
  const kept = Math.min(written, (recipe.checkpoint.max_recent_checkpoints ?? Infinity) + 2);
  const needed = result + kept * checkpoint;
  const { bavail, bsize } = await statfs(place);
  const free = Number(bavail) * Number(bsize);
  const sentence =
    `each checkpoint needs ${formatBytes(checkpoint)}, the result ${formatBytes(result)}: up to ` +
    `${formatBytes(needed)} in total, ${formatBytes(free)} free`;
  if (result + Math.min(2, kept) * checkpoint > free)
    return [
      failure(
        'disk',
        sentence,
        'free some space or choose another checkpoint.checkpoint_dir',
        place,
      ),
    ];
  return [
    needed > free
      ? {
          check: 'disk',
          level: 'warning',
          message: sentence,
          location: place,
          hint: 'lower checkpoint.max_recent_checkpoints or raise step_scheduler.ckpt_every_steps',
        }
      : ok('disk', sentence),
  ];
}
