import { join } from 'node:path';
import { conformanceFailures, modelConformance } from '@automodel/testing';
import { expect, test } from 'vitest';
import plugin from '../src/index.js';

const MODELS = join(import.meta.dirname, '../../../goldens/models');

test.each(['gemma2', 'gemma3'])(
  '%s agrees with transformers in logits, loss, gradients, ten AdamW steps and greedy tokens',
  async (name) => {
    const checks = await modelConformance(plugin, join(MODELS, name));
    expect(conformanceFailures(checks)).toEqual([]);
    for (const tensor of ['logits', 'loss', 'curve.loss', 'curve.grad_norm', 'generate.tokens'])
      expect(checks.find((c) => c.name === tensor)?.status).toBe('agrees');
    expect(
      checks.filter((c) => c.name.startsWith('grad.') && c.status === 'agrees').length,
    ).toBeGreaterThan(10);
  },
  120_000,
);
