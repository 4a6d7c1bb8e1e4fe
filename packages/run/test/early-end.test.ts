// Runs that end before their last step, and runs whose result is their best checkpoint.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Recipe } from '@automodel/recipe';
import type { RunEvent } from '@automodel/run';
import { refusalOf, resumedRuns, run } from './resumed-runs.js';
import type { TinyRuns } from './tiny-runs.js';

let runs: TinyRuns;
beforeAll(async () => {
  runs = await resumedRuns();
});
afterAll(() => runs[Symbol.asyncDispose]());

const weights = (...path: string[]): Promise<Buffer> =>
  readFile(join(runs.root, ...path, 'model.safetensors'));
const ofType = <T extends RunEvent['type']>(
  events: readonly RunEvent[],
  type: T,
): Extract<RunEvent, { type: T }>[] =>
  events.filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);

test('a run whose loss does not fall enough ends, and does so after a resume too', async () => {
  const settings = (output: string, more: object = {}): Recipe =>
    runs.recipe(output, {
      validation_dataset: { path_or_dataset_id: runs.data },
      early_stopping: { patience: 2, min_delta: 100 },
      checkpoint: more,
    });
  const events = await run(runs, settings('early'));
  expect(ofType(events, 'early-stopping')).toMatchObject([
    { step: 5, waited: 2, bestStep: 1, stepsLeft: 2 },
  ]);
  expect(events.at(-1)).toMatchObject({ type: 'done', reason: 'finished', steps: 6 });
  await run(runs, settings('resumed'), 4);
  const rest = await run(runs, settings('resumed', { restore_from: 'latest' }));
  expect(ofType(rest, 'early-stopping')).toEqual(ofType(events, 'early-stopping'));
  expect(await weights('resumed')).toEqual(await weights('early'));
  expect(await refusalOf(runs, settings('early', { restore_from: 'latest' }))).toContain(
    'ended early after 6 steps',
  );
});

test('a stop before the deciding validation: the resumed run makes no further step', async () => {
  const settings = (more: object = {}): Recipe =>
    runs.recipe('stopped', {
      validation_dataset: { path_or_dataset_id: runs.data },
      early_stopping: { patience: 2, min_delta: 100 },
      checkpoint: more,
    });
  await run(runs, settings(), 5);
  const rest = await run(runs, settings({ restore_from: 'latest' }));
  expect(ofType(rest, 'step')).toEqual([]);
  expect(ofType(rest, 'early-stopping')).toMatchObject([{ step: 5, stepsLeft: 2 }]);
  expect(ofType(rest, 'saved')).toHaveLength(1);
  expect(await weights('stopped')).toEqual(await weights('early'));
});

test('the result is the best checkpoint if the recipe asks for it', async () => {
  const settings = (output: string, best: boolean): Recipe =>
    runs.recipe(output, {
      validation_dataset: { path_or_dataset_id: runs.data },
      // so high that the loss rises
      optimizer: { lr: 3, weight_decay: 0 },
      lr_scheduler: { lr_decay_style: 'constant', lr_warmup_steps: 0 },
      checkpoint: { load_best_at_end: best },
    });
  const events = await run(runs, settings('best', true));
  const losses = ofType(events, 'validation').map(({ loss }) => loss);
  const lowest = losses.indexOf(Math.min(...losses));
  expect(lowest).toBeLessThan(losses.length - 1); // otherwise nothing is tested
  const { step, epoch } = ofType(events, 'validation')[lowest]!;
  expect(ofType(events, 'saved')[0]?.best).toEqual({ step, loss: losses[lowest] });
  expect(await weights('best')).toEqual(await weights('best', `epoch_${epoch}_step_${step}`));
  await run(runs, settings('last', false));
  expect(await weights('last')).not.toEqual(await weights('best'));
});

test('both need a validation set', async () => {
  expect(await refusalOf(runs, runs.recipe('x', { early_stopping: {} }))).toMatch(
    /early_stopping needs validation_dataset/,
  );
  expect(
    await refusalOf(runs, runs.recipe('x', { checkpoint: { load_best_at_end: true } })),
  ).toMatch(/checkpoint\.load_best_at_end needs validation_dataset/);
});
