// The range test of the learning rate: what it finds is used, and it leaves nothing else behind.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import fsdp2 from '@automodel/parallel-fsdp2';
import type { Recipe } from '@automodel/recipe';
import type { RunEvent } from '@automodel/run';
import { suggestedRate } from '@automodel/train';
import { refusalOf, resumedRuns, run } from './resumed-runs.js';
import { StrategyRuns } from './strategy-runs.js';
import type { TinyRuns } from './tiny-runs.js';

let runs: TinyRuns;
beforeAll(async () => {
  runs = await resumedRuns();
});
afterAll(() => runs[Symbol.asyncDispose]());

const weights = (output: string): Promise<Buffer> =>
  readFile(join(runs.root, output, 'model.safetensors'));
const found = (events: readonly RunEvent[]): number | undefined =>
  events.find((event) => event.type === 'learning-rate')?.learningRate;
const LR_FIND = { min_lr: 1e-5, max_lr: 10, num_steps: 20 };

test('a run with lr_find has the bits of one with the rate that was found', async () => {
  const rate = found(await run(runs, runs.recipe('searched', { lr_find: LR_FIND })));
  expect(rate).toBeGreaterThan(1e-6);
  expect(rate).toBeLessThan(1);
  await run(runs, runs.recipe('given', { optimizer: { lr: rate! } }));
  expect(await weights('searched')).toEqual(await weights('given'));
  const report = await readFile(join(runs.root, 'searched', 'report.html'), 'utf8');
  expect(report).toContain('<h3>Learning rate</h3>');
});

test('a resumed run uses the rate that was found, without another test', async () => {
  await run(runs, runs.recipe('resumed', { lr_find: LR_FIND }), 3);
  const events = await run(
    runs,
    runs.recipe('resumed', { lr_find: LR_FIND, checkpoint: { restore_from: 'latest' } }),
  );
  expect(found(events)).toBeUndefined();
  expect(await weights('resumed')).toEqual(await weights('searched'));
});

test('two ranks find the rate of one process, and train with it as if it were given', async () => {
  await using shared = await StrategyRuns.create();
  const recipe = (output: string, more: Partial<Recipe> = {}): Recipe =>
    shared.recipe(output === 'alone' ? 'none' : 'fsdp2', output, {
      step_scheduler: { global_batch_size: 2, local_batch_size: 1, max_steps: 1 },
      ...{ lr_find: LR_FIND, validation_dataset: null, ...more },
    });
  const ofRanks = (one: Recipe): Promise<readonly RunEvent[][]> =>
    shared.runOverRanks(one, [fsdp2], { axes: [{ name: 'dp_shard', size: 2 }] });
  const bytes = (output: string): Promise<Buffer> =>
    readFile(join(shared.root, output, 'model.safetensors'));
  const alone = found(await shared.run(recipe('alone')));
  const [rate, other] = (await ofRanks(recipe('searched'))).map(found);
  expect(rate! / alone!).toBeCloseTo(1, 6);
  expect(other).toBe(rate);
  await ofRanks(recipe('given', { lr_find: false, optimizer: { lr: rate! } }));
  expect((await bytes('searched')).equals(await bytes('given'))).toBe(true);
});

test('streamed data cannot be tested', async () => {
  const recipe = runs.recipe('streamed', {
    lr_find: true,
    dataset: { path_or_dataset_id: runs.data, streaming: true, seq_length: 128 },
    step_scheduler: { global_batch_size: 4, max_steps: 4 },
  });
  expect(await refusalOf(runs, recipe)).toMatch(/^lr_find is not available with streamed data/);
});

test('a tenth of the rate with the lowest smoothed loss, not counting the first steps', () => {
  const points = [0, 9, 9, 9, 9, 5, 3, 4].map((smoothed, i) => ({
    learningRate: 10 ** i,
    loss: 1,
    smoothed,
  }));
  expect(suggestedRate(points)).toBeCloseTo(1e5, 6);
  expect(suggestedRate(points.slice(0, 5))).toBeUndefined();
});
