// Adapters over a base that is cut, as it is stored and quantised: the curve of one process.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LanguageModel } from '@automodel/contracts';
import llama from '@automodel/models-llama';
import lora from '@automodel/peft';
import { adapterBase, quantizedBase, type SessionAdapter } from '@automodel/session';
import { curveDistance, raggedBatches, trainingCurve, type CurveOptions } from '@automodel/testing';
import { expect, test } from 'vitest';
import fsdp2 from '../src/index.js';

const folder = join(
  fileURLToPath(new URL('../../../goldens/models', import.meta.url)),
  'llama-gqa',
);

const adapterOf = (model: LanguageModel): SessionAdapter => ({
  adapter: lora.create({ match_all_linear: true, dim: 3, dropout: 0.1 }, adapterBase(model)),
  seed: 3,
});

test.each([
  ['LoRA with dropout', adapterOf],
  ['LoRA on an nf4 base', (model: LanguageModel) => quantizedBase(adapterOf(model), 'nf4')],
] as const)('%s on 2 ranks: the same curve within 1e-6', async (_, adapter) => {
  const options: CurveOptions = {
    folder,
    plugin: llama,
    batches: raggedBatches(4, { vocabulary: 64 }),
    steps: 3,
    adapterOf: adapter,
  };
  const [alone] = await trainingCurve(options);
  const ranks = await trainingCurve({
    ...options,
    ranks: { axes: [{ name: 'dp_shard', size: 2 }], strategy: fsdp2 },
  });
  expect(alone!.weights.size).toBeGreaterThan(0);
  for (const rank of ranks) expect(curveDistance(rank, alone!)).toBeLessThan(1e-6);
});
