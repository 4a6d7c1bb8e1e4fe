// The numbers of one process, from ranks that hold pieces of the model and share the data: losses,
// gradient norms and weights of a training curve over ragged documents.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import gemma from '@automodel/models-gemma';
import llama from '@automodel/models-llama';
import olmo from '@automodel/models-olmo';
import qwen from '@automodel/models-qwen';
import {
  curveDistance,
  raggedBatches,
  trainingCurve,
  type CurveOptions,
  type TrainingCurve,
} from '@automodel/testing';
import { describe, expect, test } from 'vitest';
import fsdp2 from '../src/index.js';

const goldens = fileURLToPath(new URL('../../../goldens/models', import.meta.url));
const curve = (model: string, microBatches: number): CurveOptions => ({
  folder: join(goldens, model),
  plugin: llama,
  batches: raggedBatches(microBatches, { vocabulary: 64 }),
  steps: 3,
  // so that every product is rounded before it is added, as it is before it travels
  disablePasses: ['fuse-accumulation'],
});
const shared = (
  options: CurveOptions,
  {
    shards,
    replicas = 1,
    group = 1,
    ...distributed
  }: { readonly shards: number; readonly replicas?: number; readonly group?: number },
): CurveOptions => ({
  ...options,
  ranks: {
    axes: [
      { name: 'dp_replicate', size: replicas },
      { name: 'dp_shard', size: shards / group },
      { name: 'dp_shard_inner', size: group },
    ],
    strategy: fsdp2,
    options: {
      dp_replicate_size: replicas,
      ...(group === 1 ? {} : { reshard_after_forward: group }),
      ...distributed,
    },
  },
});

/** The pieces of all ranks, one after the other, without the padding of the last ones. */
const joined = (ranks: readonly TrainingCurve[], whole: TrainingCurve): TrainingCurve['weights'] =>
  new Map(
    [...whole.weights].map(([name, { length }]) => [
      name,
      Float32Array.from(ranks.flatMap(({ weights }) => [...weights.get(name)!])).slice(0, length),
    ]),
  );

describe('fsdp2', () => {
  test('2 ranks, one micro-batch each: the same bits, weights too', async () => {
    const options = curve('llama-gqa', 2);
    const [alone] = await trainingCurve(options);
    const ranks = await trainingCurve(shared(options, { shards: 2 }));
    for (const { losses, norms } of ranks)
      expect({ losses, norms }).toEqual({ losses: alone!.losses, norms: alone!.norms });
    expect(joined(ranks, alone!)).toEqual(alone!.weights);
  });

  test('2 ranks in bf16, gathered in f32: the same bits', async () => {
    const options: CurveOptions = { ...curve('llama-gqa', 2), precision: 'bf16' };
    const [alone] = await trainingCurve(options);
    const wide = { mp_policy: { param_dtype: 'float32' } };
    const ranks = await trainingCurve(shared(options, { shards: 2, ...wide }));
    expect(ranks[1]!.losses).toEqual(alone!.losses);
    expect(joined(ranks, alone!)).toEqual(alone!.weights);
  });

  test('2 ranks in bf16, matrices gathered in bf16: the curve within tolerance', async () => {
    const options: CurveOptions = { ...curve('llama-gqa', 2), precision: 'bf16' };
    const [alone] = await trainingCurve(options);
    const ranks = await trainingCurve(shared(options, { shards: 2 }));
    expect(curveDistance(ranks[0]!, alone!)).toBeLessThan(1e-2);
  });

  test.each([
    ['gemma2', gemma],
    ['gemma3', gemma],
    ['llama-long', llama],
    ['mistral', llama],
    ['olmo2', olmo],
    ['qwen2', qwen],
    ['qwen3', qwen],
  ])('%s on 2 ranks: the same curve within 1e-6', async (model, plugin) => {
    const options: CurveOptions = { ...curve(model, 2), plugin, steps: 2 };
    const [alone] = await trainingCurve(options);
    for (const rank of await trainingCurve(shared(options, { shards: 2 })))
      expect(curveDistance(rank, alone!)).toBeLessThan(1e-6);
  });

  test.each([
    ['3 ranks, with padding and empty micro-batches', 'llama-gqa', 8, { shards: 3 }],
    ['4 ranks, 3 micro-batches each', 'llama-gqa', 12, { shards: 4 }],
    ['2 copies of 2 pieces', 'llama-gqa', 4, { shards: 2, replicas: 2 }],
    ['2 ranks, a tied head', 'llama-tied', 2, { shards: 2 }],
    ['2 ranks, reduced once a step', 'llama-gqa', 4, { shards: 2, defer_fsdp_grad_sync: true }],
    [
      '3 ranks with padding, reduced once a step, a tied head',
      'llama-tied',
      8,
      {
        shards: 3,
        defer_fsdp_grad_sync: true,
      },
    ],
    [
      '2 copies of 2 pieces, reduced once a step',
      'llama-gqa',
      8,
      {
        shards: 2,
        replicas: 2,
        defer_fsdp_grad_sync: true,
      },
    ],
    ['4 ranks, gathered again among 2', 'llama-gqa', 8, { shards: 4, group: 2 }],
    [
      '6 ranks, gathered again among 3, reduced once a step',
      'llama-tied',
      8,
      {
        shards: 6,
        group: 3,
        defer_fsdp_grad_sync: true,
      },
    ],
  ])('%s: the same curve within 1e-6', async (_, model, microBatches, ranks) => {
    const options = curve(model, microBatches);
    const [alone] = await trainingCurve(options);
    for (const rank of await trainingCurve(shared(options, ranks)))
      expect(curveDistance(rank, alone!)).toBeLessThan(1e-6);
  });
});
