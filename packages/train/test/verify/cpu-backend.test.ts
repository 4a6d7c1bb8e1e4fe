import { join } from 'node:path';
import cpu from '@automodel/cpu-backend';
import type { Backend, ModelPlugin } from '@automodel/contracts';
import gemma from '@automodel/models-gemma';
import llama from '@automodel/models-llama';
import qwen from '@automodel/models-qwen';
import { conformanceFailures, modelConformance } from '@automodel/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

const MODELS = join(import.meta.dirname, '../../../../goldens/models');
const PLUGINS: Readonly<Record<string, ModelPlugin>> = {
  'llama-gqa': llama,
  'llama-tied': llama,
  'llama-long': llama,
  mistral: llama,
  qwen2: qwen,
  qwen3: qwen,
  gemma2: gemma,
  gemma3: gemma,
};

let backend: Backend;
beforeAll(() => {
  backend = cpu.create({ threads: 2 });
});
afterAll(() => backend.close());

test.each(Object.keys(PLUGINS))(
  '%s: logits, loss, gradients, ten AdamW steps and greedy tokens on CPU kernels',
  async (name) => {
    const checks = await modelConformance(PLUGINS[name]!, join(MODELS, name), { backend });
    expect(conformanceFailures(checks)).toEqual([]);
    const agreed = checks.filter((c) => c.status === 'agrees').map((c) => c.name);
    expect(agreed).toEqual(
      expect.arrayContaining(
        name === 'llama-long'
          ? ['logits', 'loss']
          : ['logits', 'loss', 'curve.loss', 'curve.grad_norm', 'generate.tokens'],
      ),
    );
  },
);

test.each(['llama-gqa', 'qwen3', 'gemma3'])(
  '%s: the loss curve in bf16 is within 2 percent of f32, in pure bf16 within 4',
  async (name) => {
    for (const precision of ['bf16', 'bf16_pure'] as const) {
      const checks = await modelConformance(PLUGINS[name]!, join(MODELS, name), {
        backend,
        precision,
      });
      expect(conformanceFailures(checks)).toEqual([]);
      const curve = checks.find((c) => c.name === 'curve.loss')!;
      expect(curve).toMatchObject({
        status: 'agrees',
        tolerance: precision === 'bf16' ? 0.02 : 0.04,
      });
      expect(curve.error, 'bf16 must differ from f32, or it was not used').toBeGreaterThan(1e-5);
    }
  },
);
