// Stage: the range test of a recipe with lr_find, before training. What training changes is written
// to a temporary folder first and read back, bit for bit. All processes of a run test in step, each
// with a folder of its own, and find the same.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allSucceed } from '@automodel/checkpoint';
import { AutomodelError } from '@automodel/core';
import { BatchLoader } from '@automodel/data';
import {
  rangeTest,
  suggestedRate,
  takeSnapshot,
  TrainingStep,
  type RangeTestPoint,
  type TrainOptions,
} from '@automodel/train';
import type { LearningRateEvent } from '../events/run-events.js';
import type { OpenedRun } from '../open/opened-run.js';

/**
 * Yields what was found. Nothing without `lr_find`, and nothing where a stop ends the test. Errors:
 * `unsupported` for streamed data; `bad-recipe` where no rate can be found.
 */
export async function* findLearningRate(
  run: Pick<OpenedRun, 'recipe' | 'trainingLoader'>,
  settings: TrainOptions,
): AsyncGenerator<LearningRateEvent, number | undefined, undefined> {
  const { lr_find: section } = run.recipe;
  if (section === null) return undefined;
  const loader = await run.trainingLoader();
  if (!(loader instanceof BatchLoader))
    throw new AutomodelError('unsupported', 'lr_find is not available with streamed data', {
      hint: 'leave lr_find out, or run it once with limit_dataset_samples',
    });
  const points = await tested(settings, {
    minLr: section.min_lr,
    maxLr: section.max_lr,
    steps: section.num_steps,
    batchOf: (step) =>
      loader.batch(Math.floor(step / loader.batchesPerEpoch), step % loader.batchesPerEpoch),
  });
  if (settings.stop?.requested === true) return undefined;
  const learningRate = suggestedRate(points);
  if (learningRate === undefined)
    throw new AutomodelError('bad-recipe', 'lr_find found no learning rate: the loss explodes', {
      hint: 'give lr_find a lower min_lr, or leave it out',
    });
  yield { type: 'learning-rate', learningRate, points };
  return learningRate;
}

/** The points of the test; weights and states are afterwards what they were. */
async function tested(
  settings: TrainOptions,
  options: Parameters<typeof rangeTest>[1],
): Promise<readonly RangeTestPoint[]> {
  const { session } = settings;
  const { host } = session.parallelism;
  const training = new TrainingStep(session, settings);
  const folder = await mkdtemp(join(tmpdir(), 'automodel-lr-find-'));
  const points: RangeTestPoint[] = [];
  try {
    const restore = await allSucceed(host, () =>
      takeSnapshot(session, training, join(folder, 'held')),
    );
    for await (const point of rangeTest(settings, options)) points.push(point);
    await allSucceed(host, restore);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return points;
}
