// The numbers of one process, from ranks that share its work: losses, gradient norms and weights of
// a training curve, for models of every family, over ragged documents.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ModelPlugin } from '@automodel/contracts';
import llama from '@automodel/models-llama';
import { raggedBatches, trainingCurve, type TrainingCurve } from '@automodel/testing';
import { describe, expect, test } from 'vitest';
import fsdp2 from '../src/index.js';

const goldens = fileURLToPath(new URL('../../../goldens/models', import.meta.url));
const shards = (size: number) => [{ name: 'dp_shard', size }];

const distance = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]!) / Math.abs(b[i]!)));

describe('fsdp2', () => {
  test('2 ranks, one micro-batch each: the same bits', async () => {
    const options = {
      folder: join(goldens, 'llama-gqa'),
      plugin: llama as ModelPlugin,
      batches: raggedBatches(2, { vocabulary: 64 }),
      steps: 3,
    };
    const started = performance.now();
    const [alone] = await trainingCurve(options);
    console.log('alone', performance.now() - started, alone!.losses, alone!.norms);
    const ranks = await trainingCurve({ ...options, ranks: { axes: shards(2), strategy: fsdp2 } });
    console.log('ranks', performance.now() - started, ranks[0]!.losses, ranks[1]!.norms);
    expect(ranks[0]!.losses).toEqual(alone!.losses);
    expect(ranks[1]!.norms).toEqual(alone!.norms);
  });
});
