// Adapters of PEFT's that change more than linear modules of blocks: their logits, losses and
// gradients, and the tensors that PEFT merges, bit for bit.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  HuggingFaceFolder,
  openAdapterFolder,
  openSafetensors,
  readTensorBytes,
  type TensorSource,
} from '@automodel/checkpoint';
import type { Backend, LanguageModel, ModelPlugin } from '@automodel/contracts';
import cpu from '@automodel/cpu-backend';
import gemma from '@automodel/models-gemma';
import llama from '@automodel/models-llama';
import qwen from '@automodel/models-qwen';
import lora from '@automodel/peft';
import { adapterBase, mergedSources, ModelSession, type SessionAdapter } from '@automodel/session';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyReference } from '../../src/index.js';

const ADAPTERS = join(import.meta.dirname, '../../../../goldens/adapters');
const PLUGINS: Readonly<Record<string, ModelPlugin>> = { llama, qwen2: qwen, gemma2: gemma };
/** Rows of a vocabulary that was resized. */
const RESIZED = 47;
/**
 * PEFT adds the change of one table to the weight that both share, after which the merged model
 * computes something else; here the tables part.
 */
const PARTED = /^(tied-(embedding|head|both|ensured)|embedding-scaled|head-softcap)$/;
/** Products whose sums torch takes in another order. */
const ROUNDED = /dora/;

let backend: Backend;
beforeAll(() => {
  backend = cpu.create({ threads: 1 });
});
afterAll(() => backend.close());

interface Opened {
  readonly base: HuggingFaceFolder;
  readonly model: LanguageModel;
  readonly adapter: SessionAdapter;
}

async function opened(name: string): Promise<Opened> {
  const { base_model_name_or_path: of } = (await openAdapterFolder(join(ADAPTERS, name))).config;
  const base = await HuggingFaceFolder.open(join(ADAPTERS, String(of)));
  const { path, config, tensors } = await openAdapterFolder(join(ADAPTERS, name), base);
  const vocabulary = name.startsWith('resized') ? { vocab_size: RESIZED } : {};
  const model = PLUGINS[base.modelType]!.create({ ...base.config, ...vocabulary });
  const shapes = new Map([...tensors.values()].map((tensor) => [tensor.name, tensor.shape]));
  const adapter = lora.open({ path, config, shapes }, adapterBase(model));
  return { base, model, adapter: { adapter, tensors, seed: 0 } };
}

async function bytesOf(source: TensorSource): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.chunks()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const names = readdirSync(ADAPTERS).filter((name) => !name.startsWith('base-'));

describe.each(names)('%s', (name) => {
  test('computes what PEFT computes, forward and backward', async () => {
    const { base, model, adapter } = await opened(name);
    const { checks } = await verifyReference(
      base.path,
      join(ADAPTERS, name, 'golden.safetensors'),
      { backend, createModel: () => model, adapter, verifyPlans: true },
    );
    const differing = checks.filter(
      // saved twice, under the name of the wrapper too
      ({ name: tensor, status }) => status !== 'agrees' && !tensor.includes('modules_to_save'),
    );
    expect(differing).toEqual([]);
    expect(checks.filter((check) => check.name.startsWith('grad.')).length).toBeGreaterThan(2);
  });

  test('merges as PEFT does', async () => {
    const { base, model, adapter } = await opened(name);
    await using session = await ModelSession.load(
      { backend, model, precision: 'f32', adapter },
      base.weights.tensors,
      base.path,
    );
    const merged = new Map(
      mergedSources(session, adapter.adapter).map((source) => [source.name, source]),
    );
    const { tensors } = await openSafetensors(join(ADAPTERS, name, 'merged.safetensors'));
    const isTable = (tensor: string): boolean => /embed_tokens|lm_head/.test(tensor);
    for (const tensor of tensors.filter((t) => !(PARTED.test(name) && isTable(t.name)))) {
      const own = merged.get(tensor.name);
      // a head that stays tied is the embedding
      if (own === undefined && tensor.name === 'lm_head.weight' && /tokens|ensured/.test(name))
        continue;
      const [got, want] = [await bytesOf(own!), Buffer.from(await readTensorBytes(tensor))];
      if (!ROUNDED.test(name)) expect(got.equals(want), tensor.name).toBe(true);
      const [a, b] = [got, want].map((bytes) => new Float32Array(new Uint8Array(bytes).buffer));
      a!.forEach((value, i) => expect(value).toBeCloseTo(b![i]!, 5));
    }
    if (PARTED.test(name))
      expect([...merged.keys()]).toEqual(
        expect.arrayContaining(['model.embed_tokens.weight', 'lm_head.weight']),
      );
  });
});
