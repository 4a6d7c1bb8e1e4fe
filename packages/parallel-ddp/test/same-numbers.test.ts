// The numbers of one process, from ranks that hold the whole model and share the data: losses,
// gradient norms and weights of a training curve over ragged documents.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import llama from '@automodel/models-llama';
import { curveDistance, raggedBatches, trainingCurve, type CurveOptions } from '@automodel/testing';
import { describe, expect, test } from 'vitest';
import ddp from '../src/index.js';

const goldens = fileURLToPath(new URL('../../../goldens/models', import.meta.url));
const curve = (model: string, microBatches: number): CurveOptions => ({
  folder: join(goldens, model),
  plugin: llama,
  batches: raggedBatches(microBatches, { vocabulary: 64 }),
  steps: 3,
  // so that every product is rounded before it is added, as it is before it travels
  disablePasses: ['fuse-accumulation'],
});
const shared = (options: CurveOptions, ranks: number, distributed = {}): CurveOptions => ({
  ...options,
  ranks: {
    axes: [{ name: 'dp_replicate', size: ranks }],
    strategy: ddp,
    options: distributed,
  },
});

describe('ddp', () => {
  test('2 ranks, one micro-batch each: the same bits, on both ranks', async () => {
    const options = curve('llama-gqa', 2);
    const [alone] = await trainingCurve(options);
    const ranks = await trainingCurve(shared(options, 2));
    expect(ranks).toEqual([alone, alone]);
  });

  test.each([
    ['4 ranks, 3 micro-batches each', 'llama-gqa', 12, 4],
    ['3 ranks, one of which has an empty last micro-batch', 'llama-gqa', 8, 3],
    ['2 ranks, a tied head', 'llama-tied', 2, 2],
  ])('%s: the same curve within 1e-6', async (_, model, microBatches, size) => {
    const options = curve(model, microBatches);
    const [alone] = await trainingCurve(options);
    const ranks = await trainingCurve(shared(options, size));
    for (const rank of ranks) {
      expect(curveDistance(rank, alone!)).toBeLessThan(1e-6);
      expect(rank).toEqual(ranks[0]);
    }
  });

  test('buckets of any size give the same bits', async () => {
    const options = curve('llama-gqa', 4);
    const large = await trainingCurve(shared(options, 2));
    expect(await trainingCurve(shared(options, 2, { bucket_cap_mb: 0.001 }))).toEqual(large);
  });
});
