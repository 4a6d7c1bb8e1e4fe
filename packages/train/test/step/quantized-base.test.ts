// QLoRA on CPU kernels: a quantised base trains like the base it came from, takes a fraction of its
// memory, and what cannot be quantised is refused.
import { join } from 'node:path';
import { HuggingFaceFolder } from '@automodel/checkpoint';
import type { Backend, LanguageModel } from '@automodel/contracts';
import type { QuantizedFormat } from '@automodel/core';
import cpu from '@automodel/cpu-backend';
import { buildMicroBatch } from '@automodel/data';
import qwen from '@automodel/models-qwen';
import lora from '@automodel/peft';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adamw, TrainingStep } from '@automodel/train';
import { adapterBase, ModelSession, quantizedBase, type SessionAdapter } from '@automodel/session';

const FOLDER = join(import.meta.dirname, '../../../../goldens/models/qwen3');
const STEPS = 30;

let backend: Backend;
let folder: HuggingFaceFolder;
let model: LanguageModel;
beforeAll(async () => {
  backend = cpu.create({ threads: 2 });
  folder = await HuggingFaceFolder.open(FOLDER);
  model = qwen.create(folder.config);
});
afterAll(() => backend.close());

function adapterOf(
  format: QuantizedFormat | undefined,
  options: Readonly<Record<string, unknown>> = {},
): SessionAdapter {
  const own = {
    adapter: lora.create({ match_all_linear: true, dim: 8, ...options }, adapterBase(model)),
    seed: 3,
  };
  return format === undefined ? own : quantizedBase(own, format);
}

const load = (adapter: SessionAdapter): Promise<ModelSession> =>
  ModelSession.load(
    { backend, model, precision: 'f32', trainable: () => true, adapter, verifyPlans: true },
    folder.weights.tensors,
    folder.path,
  );

/** Bytes of the linear modules' weights. */
const baseBytes = (session: ModelSession): number =>
  session.parameters.all
    .filter(({ name, trained }) => !trained && /\.layers\..*_proj\.weight/.test(name))
    .reduce((total, { buffer }) => total + buffer.bytes, 0);

/** The first and the last loss on one batch, and what the base took. */
async function train(
  format: QuantizedFormat | undefined,
): Promise<{ readonly first: number; readonly last: number; readonly bytes: number }> {
  await using session = await load(adapterOf(format));
  const training = new TrainingStep(session, {
    optimizer: adamw({ betas: [0.9, 0.999], eps: 1e-8 }),
    maxNorm: 1,
  });
  const rows = [0, 1].map((row) => {
    const inputIds = Int32Array.from(
      { length: 24 },
      (_, i) => (7 * i + 31 * row + i * i) % model.vocabularySize,
    );
    return { inputIds, labels: inputIds, source: { file: 'rows', row } };
  });
  const micro = buildMicroBatch(rows, { token: 48, document: 2 });
  const losses: number[] = [];
  for (let step = 1; step <= STEPS; step++) {
    await training.micro(micro, { scale: 1 / micro.trainedTokens, first: true });
    losses.push((await training.update(step, 1e-2, 0)).loss);
  }
  return { first: losses[0]!, last: losses.at(-1)!, bytes: baseBytes(session) };
}

test('ends within 3 % of LoRA, on a base of at most a third of bf16', async () => {
  const plain = await train(undefined);
  expect(plain.last).toBeLessThan(0.5 * plain.first);
  for (const [format, share] of [
    ['nf4', 0.32],
    ['nf4_double', 0.32],
    ['int8', 0.6],
  ] as const) {
    const quantised = await train(format);
    expect(quantised.first, format).not.toBe(plain.first);
    expect(
      Math.abs(quantised.last / plain.last - 1),
      `${format}: ${quantised.last} against ${plain.last}`,
    ).toBeLessThan(0.03);
    expect(quantised.bytes / (plain.bytes / 2), format).toBeLessThanOrEqual(share);
  }
});

test('holds only the parts of linear weights', async () => {
  await using session = await load(adapterOf('nf4_double'));
  const names = session.parameters.all.map(({ name }) => name);
  const module = 'model.layers.0.self_attn.q_proj';
  expect(names.filter((name) => name.startsWith(module)).toSorted()).toEqual(
    [
      'lora_A.weight',
      'lora_B.weight',
      'weight.absmax',
      'weight.codes',
      'weight.nested_absmax',
      'weight.nested_offset',
    ].map((part) => `${module}.${part}`),
  );
  expect(session.parameters.get('model.embed_tokens.weight').buffer.mapped).toBe(true);
});

test('refuses DoRA, which reads the weight itself', async () => {
  await expect(load(adapterOf('nf4', { use_dora: true }))).rejects.toThrow(
    /model\.layers\.0\.self_attn\.q_proj\.weight is quantised and cannot be read as a plain tensor/,
  );
});
