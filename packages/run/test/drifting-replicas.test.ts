// Ranks that hold the same weights compare them before a save: one bit that differs stops the run.
import { join } from 'node:path';
import type { Recipe } from '@automodel/recipe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ranksAt, saverOfRanks, sharings, type SavingRank } from './saving-ranks.js';
import { StrategyRuns } from './strategy-runs.js';

const NAME = 'model.norm.weight';

let runs: StrategyRuns;
beforeAll(async () => {
  runs = await StrategyRuns.create();
  await runs.run(recipeOf('trained'));
});
afterAll(() => runs[Symbol.asyncDispose]());

const recipeOf = (output: string): Recipe =>
  runs.recipe('none', output, {
    step_scheduler: {
      ...{ global_batch_size: 12, local_batch_size: 1 },
      ...{ max_steps: 2, ckpt_every_steps: 1 },
    },
  });

/** Turns the lowest bit of the first element that the rank holds. */
async function turnBit({ session: { backend, parameters } }: SavingRank): Promise<void> {
  const { buffer } = parameters.get(NAME);
  const element = new Uint32Array(1);
  await backend.download(buffer, 0, element);
  backend.upload(
    buffer,
    0,
    element.map((bits) => bits ^ 1),
  );
}

test.each([
  ['ddp of 2', 1, 'rank 1 holds other values', 'than rank 0'],
  ['ddp of 3', 0, 'rank 0 holds other values', 'than ranks 1 and 2'],
  ['hsdp of 2 x 2', 2, 'rank 2 holds other values', 'than rank 0'],
  ['hsdp of 2 x 2', 1, 'rank 3 holds other values', 'than rank 1'],
])('%s: a bit that differs on rank %i', async (sharing, rank, who, than) => {
  const checkpoint = join(runs.root, 'trained', 'epoch_0_step_0');
  const ranks = await ranksAt(recipeOf(`${sharing} ${rank}`), checkpoint, sharings[sharing]);
  await using saver = await saverOfRanks(ranks);
  await turnBit(ranks[rank]!);
  await expect(saver.save(1)).rejects.toThrow(`${who} of ${NAME} ${than}: nothing is saved`);
  await turnBit(ranks[rank]!);
  await expect(saver.save(1)).resolves.toHaveLength(ranks.length);
});
