// Parameters without dimensions: each counts as one row, held by the first process, and its
// gradient is that of all.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Adapter } from '@automodel/contracts';
import { mul } from '@automodel/core';
import llama from '@automodel/models-llama';
import { curveDistance, raggedBatches, trainingCurve, type CurveOptions } from '@automodel/testing';
import { expect, test } from 'vitest';
import fsdp2 from '../src/index.js';

/** Multiplies the result of each linear module with a number, and trains this number. */
const scales: Adapter = {
  name: 'scales',
  modules: [],
  interceptor: {
    linear: ({ next, scope }) => mul(next(), scope.parameter('scale', [], 'ones')),
  },
  owns: (parameter) => parameter.endsWith('.scale'),
  storedName: (parameter) => parameter,
  config: () => ({}),
  merged: () => [],
};

test.each([
  ['2 ranks', [1, 2, 1], {}],
  ['3 ranks, reduced once a step', [1, 3, 1], { defer_fsdp_grad_sync: true }],
  ['2 copies of 2 pieces', [2, 2, 1], { dp_replicate_size: 2 }],
  ['4 ranks, gathered again among 2', [1, 2, 2], { reshard_after_forward: 2 }],
] as const)('%s: the curve and the numbers of one process', async (_, sizes, distributed) => {
  const options: CurveOptions = {
    folder: join(fileURLToPath(new URL('../../../goldens/models', import.meta.url)), 'llama-gqa'),
    plugin: llama,
    precision: 'bf16',
    batches: raggedBatches(4, { vocabulary: 64 }),
    steps: 3,
    adapterOf: () => ({ adapter: scales, seed: 0 }),
  };
  const axes = (['dp_replicate', 'dp_shard', 'dp_shard_inner'] as const).map((name, i) => ({
    name,
    size: sizes[i]!,
  }));
  const [alone] = await trainingCurve(options);
  const wide = { ...distributed, mp_policy: { param_dtype: 'float32' } };
  const ranks = await trainingCurve({
    ...options,
    ranks: { axes, strategy: fsdp2, options: wide },
  });
  for (const rank of ranks) expect(curveDistance(rank, alone!)).toBeLessThan(1e-6);
  expect(alone!.weights.size).toBe(14);
  for (const [name, [value]] of alone!.weights) {
    expect(value).not.toBe(1);
    expect(ranks[0]!.weights.get(name)![0]).toBeCloseTo(value!, 6);
  }
});
