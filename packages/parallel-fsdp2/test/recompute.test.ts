// Activations that are computed again read weights that are gathered again: the numbers stay, the
// planned memory falls, and the search under a budget sees what gathering does.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import llama from '@automodel/models-llama';
import { raggedBatches, trainingCurve, type CurveOptions } from '@automodel/testing';
import { expect, test } from 'vitest';
import fsdp2 from '../src/index.js';
import { modelOf, planned, SMALL } from './planned.js';

const goldens = fileURLToPath(new URL('../../../goldens/models', import.meta.url));

test.each([{}, { defer_fsdp_grad_sync: true }])(
  'with %j: the same bits with and without a budget of nothing',
  async (distributed) => {
    const options: CurveOptions = {
      folder: join(goldens, 'llama-gqa'),
      plugin: llama,
      batches: raggedBatches(4, { vocabulary: 64 }),
      steps: 2,
      ranks: { axes: [{ name: 'dp_shard', size: 2 }], strategy: fsdp2, options: distributed },
    };
    expect(await trainingCurve({ ...options, arenaBudgetBytes: 1 })).toEqual(
      await trainingCurve(options),
    );
  },
);

test('the smaller the budget, the less a plan takes, down to what all layers need', async () => {
  const model = modelOf({ ...SMALL, num_hidden_layers: 6 });
  const arena = async (arenaBudgetBytes?: number): Promise<number> => {
    const { programs } = await planned(model, { ranks: 8, tokens: 512, arenaBudgetBytes });
    return programs.get('micro')!.plan.arenaBytes;
  };
  const [free, least] = [await arena(), await arena(1)];
  expect(least).toBeLessThan(0.8 * free);
  const budget = (free + least) / 2;
  const within = await arena(budget);
  expect(within).toBeLessThanOrEqual(budget);
  expect(within).toBeGreaterThan(least);
});
