// A reference file computed by processes that share the model: every one trains its rows, and all
// of them give the same report.
import { join } from 'node:path';
import plugin from '@automodel/models-llama';
import ddp from '@automodel/parallel-ddp';
import fsdp2 from '@automodel/parallel-fsdp2';
import { simulatedRanks } from '@automodel/testing';
import { verifyReference } from '@automodel/train';
import { expect, test } from 'vitest';

const FOLDER = join(import.meta.dirname, '../../../../goldens/models/llama-gqa');

test.each([
  ['ddp', ddp, 'dp_replicate'],
  ['fsdp2', fsdp2, 'dp_shard'],
] as const)('%s over two processes agrees with PyTorch', async (_, strategy, axis) => {
  const reports = await Promise.all(
    simulatedRanks([{ name: axis, size: 2 }]).map(async ({ backend, host }) =>
      verifyReference(FOLDER, join(FOLDER, 'golden.safetensors'), {
        backend,
        createModel: (config) => plugin.create(config),
        parallelism: await strategy.create({}, { host }),
      }),
    ),
  );
  for (const { verdict, checks } of reports) {
    expect(checks.filter(({ status }) => status === 'differs')).toEqual([]);
    expect(verdict).toBe('agrees');
    expect(checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['logits', 'curve.loss', 'grad.model.norm.weight']),
    );
  }
  expect(reports[1]).toEqual(reports[0]);
});
