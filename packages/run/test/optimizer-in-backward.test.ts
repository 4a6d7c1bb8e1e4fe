// Runs whose updates follow their gradients: the same files as ordinary ones, byte for byte.
import type { Recipe } from '@automodel/recipe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { StrategyRuns } from './strategy-runs.js';

let runs: StrategyRuns;
beforeAll(async () => {
  runs = await StrategyRuns.create();
});
afterAll(() => runs[Symbol.asyncDispose]());

const oneMicroBatch: Partial<Recipe> = {
  step_scheduler: {
    global_batch_size: 4,
    local_batch_size: 4,
    max_steps: 3,
    ckpt_every_steps: 2,
  },
  clip_grad_norm: { max_norm: null },
};
const plain = (output: string, more: Partial<Recipe> = {}): Recipe =>
  runs.recipe('none', output, { ...oneMicroBatch, ...more });
const inBackward = (output: string, more: Partial<Recipe> = {}): Recipe =>
  plain(output, { memory: { optimizer_in_backward: true }, ...more });

test('weights, states, losses and norms are those of an ordinary run', async () => {
  const gradients = async (recipe: Recipe): Promise<number | undefined> =>
    (await runs.run(recipe)).find((event) => event.type === 'plan')?.report.memory.gradients;
  expect(await gradients(plain('plain'))).toBeGreaterThan(0);
  expect(await gradients(inBackward('in backward'))).toBe(0);
  const files = await runs.results('plain');
  expect(files.size).toBeGreaterThanOrEqual(4);
  expect(await runs.results('in backward')).toEqual(files);
});

test('checkpoints of either kind of run are gone on from by the other', async () => {
  await runs.run(plain('straight'));
  const straight = await runs.results('straight');
  for (const [output, first, second] of [
    ['stopped plain', plain, inBackward],
    ['stopped in backward', inBackward, plain],
    ['both in backward', inBackward, inBackward],
  ] as const) {
    await runs.run(first(output), [], { stopAfter: 1 });
    await runs.run(second(output, { checkpoint: { restore_from: 'latest' } }));
    const went = await runs.results(output);
    for (const file of ['model.safetensors', 'metrics.jsonl'])
      expect(went.get(file), `${output}: ${file}`).toEqual(straight.get(file));
  }
});

test.each<[string, Partial<Recipe>, number, string]>([
  [
    'steps of several micro-batches',
    {},
    1,
    'steps of one micro-batch, and this recipe has 2 in a step',
  ],
  ['several processes', { distributed: { strategy: 'ddp' } }, 2, 'one process, and 2 run'],
])('%s are refused', async (_, more, size, text) => {
  const step_scheduler = { ...oneMicroBatch.step_scheduler, local_batch_size: 2 };
  const recipe = inBackward('refused', { step_scheduler, ...more });
  const run = size === 1 ? runs.run(recipe) : runs.runOverRanks(recipe);
  await expect(run).rejects.toMatchObject({
    code: 'bad-recipe',
    message: `memory.optimizer_in_backward: an optimizer in the backward pass is for ${text}`,
  });
});
