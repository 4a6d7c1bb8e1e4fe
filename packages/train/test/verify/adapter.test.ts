// Adapters against Hugging Face PEFT's numbers: logits, loss, the adapter's gradients and ten AdamW
// steps on CPU kernels.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  openSafetensors,
  sourceOfArray,
  sourceOfStored,
  writeSafetensors,
} from '@automodel/checkpoint';
import type { Backend } from '@automodel/contracts';
import cpu from '@automodel/cpu-backend';
import lora from '@automodel/peft';
import { adapterBase } from '@automodel/session';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyReference } from '../../src/index.js';
import { adapterOf, modelOf, MODELS, PLUGINS } from './golden-adapters.js';

let backend: Backend;
beforeAll(() => {
  backend = cpu.create({ threads: 2 });
});
afterAll(() => backend.close());

test.each(Object.keys(PLUGINS))('%s with its adapter agrees with PEFT', async (name) => {
  const model = await modelOf(name);
  const report = await verifyReference(
    join(MODELS, name),
    join(MODELS, name, 'adapter/golden.safetensors'),
    { backend, createModel: () => model, adapter: await adapterOf(name), verifyPlans: true },
  );
  expect(
    report.checks.filter(({ status }) => status !== 'agrees' && status !== 'not-compared'),
  ).toEqual([]);
  const gradients = report.checks.filter((check) => check.name.startsWith('grad.'));
  expect(gradients.length).toBeGreaterThanOrEqual(28);
  expect(gradients.every(({ name: tensor }) => tensor.includes('.lora_'))).toBe(true);
});

test('dropout of an adapter is not applied when it is compared with a reference', async () => {
  const model = await modelOf('qwen2');
  const report = await verifyReference(
    join(MODELS, 'qwen2'),
    join(MODELS, 'qwen2/adapter/golden.safetensors'),
    { backend, createModel: () => model, adapter: await adapterOf('qwen2', { lora_dropout: 0.5 }) },
  );
  expect(report.verdict).toBe('agrees');
});

test('a reference may name the magnitude as its file or as its module does', async () => {
  const model = await modelOf('qwen2');
  const golden = await openSafetensors(join(MODELS, 'qwen2/adapter/golden.safetensors'));
  const inputs = golden.tensors
    .filter(({ name }) => ['input_ids', 'attention_mask', 'labels'].includes(name))
    .map((tensor) => sourceOfStored(tensor));
  const adapter = lora.create(
    { dim: 2, use_dora: true, target_modules: ['q_proj'] },
    adapterBase(model),
  );
  const magnitude = 'grad.base_model.model.model.layers.0.self_attn.q_proj.lora_magnitude_vector';
  const folder = await mkdtemp(join(tmpdir(), 'dora-'));
  try {
    for (const name of [magnitude, `${magnitude}.weight`]) {
      const reference = join(folder, `${name}.safetensors`);
      await writeSafetensors(reference, [
        ...inputs,
        sourceOfArray(name, 'f32', [32], new Float32Array(32).fill(1e3)),
      ]);
      const { checks } = await verifyReference(join(MODELS, 'qwen2'), reference, {
        backend,
        createModel: () => model,
        adapter: { adapter, seed: 1 },
      });
      expect(checks).toMatchObject([{ name, status: 'differs' }]);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
