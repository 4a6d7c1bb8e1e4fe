// Communication that nothing hides, on the clocks of a simulated machine: eight devices of 989
// TFLOP/s, of which half is reached, with links of 450 GB/s between them.
import { planCost } from '@automodel/core';
import { expect, test } from 'vitest';
import { modelOf, planned } from './planned.js';

const FLOPS = 989e12 / 2;
const DEVICE = {
  name: 'simulated',
  memoryBytes: 80e9,
  threads: 1,
  peakFlops: { f32: FLOPS, bf16: FLOPS },
  bandwidth: 3.35e12,
  link: { bandwidth: 450e9, latency: 0 },
};
const MODEL = modelOf({
  vocab_size: 128256,
  hidden_size: 2048,
  intermediate_size: 8192,
  num_hidden_layers: 16,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  head_dim: 64,
  tie_word_embeddings: true,
  max_position_embeddings: 4096,
});

/** The part of a step of one micro-batch in which the devices only wait for each other. */
async function exposed(distributed: Readonly<Record<string, unknown>> = {}): Promise<number> {
  const { programs } = await planned(MODEL, { ranks: 8, tokens: 4096, distributed });
  const costs = [...programs.values()].map(({ plan }) => planCost(plan, DEVICE));
  const total = (what: 'seconds' | 'exposedSeconds'): number =>
    costs.reduce((sum, cost) => sum + cost[what], 0);
  return total('exposedSeconds') / total('seconds');
}

test('a model of a billion parameters waits for less than a tenth of a step', async () => {
  expect(await exposed()).toBeLessThan(0.1);
});

test('it waits for longer where units are gathered when they are needed', async () => {
  expect(await exposed({ enable_fsdp2_prefetch: false })).toBeGreaterThan(await exposed());
});
