// A finished run is made longer: with the bits of a run that was that long from the beginning, or
// refused where its steps so far would have had other rates.
import { appendFile, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Recipe } from '@automodel/recipe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { refusalOf, resumedRuns, run } from './resumed-runs.js';
import type { TinyRuns } from './tiny-runs.js';

let runs: TinyRuns;
beforeAll(async () => {
  runs = await resumedRuns();
});
afterAll(() => runs[Symbol.asyncDispose]());

const STEPS = {
  global_batch_size: 4,
  local_batch_size: 2,
  num_epochs: null,
  ckpt_every_steps: 2,
  save_checkpoint_every_epoch: false,
};
const ofSteps = (max_steps: number, more: Partial<Recipe> = {}): Partial<Recipe> => ({
  step_scheduler: { ...STEPS, max_steps },
  ...more,
});
const ofEpochs = (num_epochs: number, more: Partial<Recipe> = {}): Partial<Recipe> => ({
  step_scheduler: { ...STEPS, num_epochs },
  ...more,
});
const again = { checkpoint: { restore_from: 'latest' } };
const weights = (output: string): Promise<Buffer> =>
  readFile(join(runs.root, output, 'model.safetensors'));
const losses = async (output: string): Promise<unknown[]> =>
  (await readFile(join(runs.root, output, 'metrics.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .map(({ step, loss, lr }) => ({ step, loss, lr }));

test.each<[string, Partial<Recipe>]>([
  [
    'a constant learning rate',
    { lr_scheduler: { lr_decay_style: 'constant', lr_warmup_steps: 1 } },
  ],
  [
    'lengths that the recipe states',
    {
      lr_scheduler: {
        lr_decay_style: 'cosine',
        lr_warmup_steps: 1,
        lr_decay_steps: 6,
        end_wd: 0.02,
        wd_incr_style: 'linear',
        wd_incr_steps: 7,
      },
    },
  ],
])('%s: the longer run has the bits of one that was never shorter', async (what, schedule) => {
  const [short, long] = [`${what}, short`, `${what}, long`];
  await run(runs, runs.recipe(long, ofSteps(8, schedule)));
  await run(runs, runs.recipe(short, ofSteps(5, schedule)));
  expect(await weights(short)).not.toEqual(await weights(long));
  await run(runs, runs.recipe(short, { ...ofSteps(8, schedule), ...again }));
  expect(await weights(short)).toEqual(await weights(long));
  expect(await losses(short)).toEqual(await losses(long));
});

test('more epochs, stopped on the way: the first result stays until there is another', async () => {
  const schedule = { lr_scheduler: { lr_decay_style: 'constant', lr_warmup_steps: 0 } } as const;
  await run(runs, runs.recipe('whole', ofEpochs(2, schedule)));
  await run(runs, runs.recipe('parts', ofEpochs(1, schedule)));
  const first = await weights('parts');
  const longer = runs.recipe('parts', { ...ofEpochs(2, schedule), ...again });
  await run(runs, longer, 5);
  expect(await weights('parts')).toEqual(first);
  expect(await readdir(join(runs.root, 'parts'))).toContain('config.json');
  // killed after its last step, before its result was there
  await appendFile(join(runs.root, 'parts/metrics.jsonl'), '{"step":7,"epoch":1,"loss":1}\n');
  await run(runs, longer);
  expect(await weights('parts')).toEqual(await weights('whole'));
  expect((await readdir(join(runs.root, 'parts'))).filter((name) => name.startsWith('.'))).toEqual([
    '.lock-3.json',
  ]);
  expect(await refusalOf(runs, longer)).toMatch(
    /is finished: its result is here \(config\.json\), after \d+ steps, and the recipe ends after/,
  );
});

test('a schedule that ended with the run is refused by its key', async () => {
  const longer = (more: Partial<Recipe>): Partial<Recipe> => ({ ...ofSteps(8, more), ...again });
  const cosine = { lr_scheduler: { lr_decay_style: 'cosine', lr_warmup_steps: 1 } } as const;
  await run(runs, runs.recipe('cosine', ofSteps(5, cosine)));
  const refused = await refusalOf(runs, runs.recipe('cosine', longer(cosine)));
  expect(refused).toContain(
    'because lr_scheduler.lr_decay_steps (5 steps, now 8) would change with it: the steps so far',
  );
  expect(refused).toMatch(/: --lr_scheduler\.lr_decay_steps 5\)$/);
  const stated = { lr_scheduler: { ...cosine.lr_scheduler, lr_decay_steps: 5 } };
  expect(await refusalOf(runs, runs.recipe('cosine', longer(stated)))).toBe('ran');
  const decay = {
    lr_scheduler: {
      lr_decay_style: 'constant',
      lr_warmup_steps: 1,
      end_wd: 0.02,
      wd_incr_style: 'linear',
    },
  } as const;
  await run(runs, runs.recipe('decay', ofSteps(5, decay)));
  expect(await refusalOf(runs, runs.recipe('decay', longer(decay)))).toContain(
    'lr_scheduler.wd_incr_steps (5 steps, now 8)',
  );
});

test('a result without checkpoints says what is missing', async () => {
  const constant = { lr_scheduler: { lr_decay_style: 'constant', lr_warmup_steps: 0 } } as const;
  await run(runs, runs.recipe('bare', ofSteps(3, constant)));
  for (const name of await readdir(join(runs.root, 'bare')))
    if (name.startsWith('epoch') || name === 'LATEST')
      await rm(join(runs.root, 'bare', name), { recursive: true });
  expect(await refusalOf(runs, runs.recipe('bare', { ...ofSteps(6, constant), ...again }))).toMatch(
    /the run is finished: its result is here \(config\.json\), it kept no checkpoint/,
  );
});
