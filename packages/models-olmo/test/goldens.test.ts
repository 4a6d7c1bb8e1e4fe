import { join } from 'node:path';
import { conformanceFailures, modelConformance } from '@automodel/testing';
import { expect, test } from 'vitest';
import plugin from '../src/index.js';

const FOLDER = join(import.meta.dirname, '../../../goldens/models/olmo2');

test('olmo2 agrees with transformers: logits, loss, gradients, AdamW, greedy tokens', async () => {
  const checks = await modelConformance(plugin, FOLDER);
  expect(conformanceFailures(checks)).toEqual([]);
  for (const tensor of ['logits', 'loss', 'curve.loss', 'curve.grad_norm', 'generate.tokens'])
    expect(checks.find((c) => c.name === tensor)?.status).toBe('agrees');
  expect(
    checks.filter((c) => c.name.startsWith('grad.') && c.status === 'agrees').length,
  ).toBeGreaterThan(10);
}, 120_000);
