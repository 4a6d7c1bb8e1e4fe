// Adapters against Hugging Face PEFT's numbers: logits, loss, the adapter's gradients and ten AdamW
// steps on CPU kernels; and how new adapters start.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  HuggingFaceFolder,
  openAdapterFolder,
  openSafetensors,
  sourceOfArray,
  sourceOfStored,
  writeSafetensors,
} from '@automodel/checkpoint';
import type { Batch, Backend, LanguageModel, ModelPlugin } from '@automodel/contracts';
import cpu from '@automodel/cpu-backend';
import { openRecordedModel } from '@automodel/recorded';
import gemma from '@automodel/models-gemma';
import llama from '@automodel/models-llama';
import qwen from '@automodel/models-qwen';
import lora from '@automodel/peft';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  forwardGraph,
  leastCapacity,
  rectangleCapacity,
  linearModules,
  ModelSession,
  type SessionAdapter,
} from '@automodel/session';
import { adamw, TrainingStep, verifyReference } from '../../src/index.js';

const MODELS = join(import.meta.dirname, '../../../../goldens/models');
const PLUGINS: Readonly<Record<string, ModelPlugin>> = {
  'llama-gqa': llama,
  qwen2: qwen,
  gemma3: gemma,
};

let backend: Backend;
beforeAll(() => {
  backend = cpu.create({ threads: 2 });
});
afterAll(() => backend.close());

const modelOf = async (name: string): Promise<LanguageModel> =>
  PLUGINS[name]!.create((await HuggingFaceFolder.open(join(MODELS, name))).config);

async function stored(name: string, changes: object = {}): Promise<SessionAdapter> {
  const { path, config: saved, tensors } = await openAdapterFolder(join(MODELS, name, 'adapter'));
  const config = { ...saved, ...changes };
  const shapes = new Map([...tensors.values()].map((tensor) => [tensor.name, tensor.shape]));
  return {
    adapter: lora.open({ path, config, shapes }, linearModules(await modelOf(name))),
    tensors,
    seed: 0,
  };
}

test.each(Object.keys(PLUGINS))('%s with its adapter agrees with PEFT', async (name) => {
  const model = await modelOf(name);
  const report = await verifyReference(
    join(MODELS, name),
    join(MODELS, name, 'adapter/golden.safetensors'),
    { backend, createModel: () => model, adapter: await stored(name), verifyPlans: true },
  );
  expect(
    report.checks.filter(({ status }) => status !== 'agrees' && status !== 'not-compared'),
  ).toEqual([]);
  const gradients = report.checks.filter((check) => check.name.startsWith('grad.'));
  expect(gradients.length).toBeGreaterThanOrEqual(28);
  expect(gradients.every(({ name: tensor }) => tensor.includes('.lora_'))).toBe(true);
});

test('dropout of an adapter is no part of what a reference holds', async () => {
  const model = await modelOf('qwen2');
  const report = await verifyReference(
    join(MODELS, 'qwen2'),
    join(MODELS, 'qwen2/adapter/golden.safetensors'),
    { backend, createModel: () => model, adapter: await stored('qwen2', { lora_dropout: 0.5 }) },
  );
  expect(report.verdict).toBe('agrees');
});

test('a reference may call the magnitude of DoRA as its file does, or as its module does', async () => {
  const model = await modelOf('qwen2');
  const golden = await openSafetensors(join(MODELS, 'qwen2/adapter/golden.safetensors'));
  const inputs = golden.tensors
    .filter(({ name }) => ['input_ids', 'attention_mask', 'labels'].includes(name))
    .map((tensor) => sourceOfStored(tensor));
  const adapter = lora.create(
    { dim: 2, use_dora: true, target_modules: ['q_proj'] },
    linearModules(model),
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

test('f32 on a base stored in bf16 computes nothing in bf16, and rounds no scale', async () => {
  const model = await modelOf('qwen2');
  const { interceptor, owns } = lora.create({ dim: 3, alpha: 1 }, linearModules(model));
  const { graph } = forwardGraph(
    'forward',
    {
      model,
      compute: 'f32',
      dtypeOf: (name) => (owns(name) || /norm|bias/.test(name) ? 'f32' : 'bf16'),
      interceptors: [interceptor],
    },
    leastCapacity(model),
    () => undefined,
  );
  expect(
    graph.nodes
      .filter(({ outputs }) => outputs.some(({ dtype }) => dtype === 'bf16'))
      .map(({ op }) => op.name),
  ).toEqual([]);
});

test('only the adapter is trained; what it stands on is mapped from the file', async () => {
  const folder = await HuggingFaceFolder.open(join(MODELS, 'llama-gqa'));
  const session = await ModelSession.load(
    {
      backend,
      model: await modelOf('llama-gqa'),
      precision: 'f32',
      trainable: () => true,
      adapter: await stored('llama-gqa'),
    },
    folder.weights.tensors,
    folder.path,
  );
  try {
    const { all } = session.parameters;
    expect(all.filter(({ trained }) => trained).every(({ name }) => name.includes('.lora_'))).toBe(
      true,
    );
    expect(
      all
        .filter(({ trained, shape }) => !trained && shape.length === 2)
        .every(({ buffer }) => buffer.mapped),
    ).toBe(true);
  } finally {
    await session.close();
  }
});

test('a new adapter changes nothing yet, and its first numbers follow from the seed', async () => {
  const folder = await HuggingFaceFolder.open(join(MODELS, 'qwen2'));
  const model = await modelOf('qwen2');
  const start = async (
    options: Readonly<Record<string, unknown>>,
    seed: number,
  ): Promise<ReadonlyMap<string, Float32Array>> => {
    const adapter = lora.create({ dim: 2, ...options }, linearModules(model));
    const session = await ModelSession.load(
      { backend, model, precision: 'f32', trainable: () => true, adapter: { adapter, seed } },
      folder.weights.tensors,
      folder.path,
    );
    try {
      const names = session.parameters.all.filter(({ trained }) => trained).map(({ name }) => name);
      return new Map(
        await Promise.all(
          names.map(async (name) => [name, await session.parameters.read(name)] as const),
        ),
      );
    } finally {
      await session.close();
    }
  };
  const [first, again, other] = [await start({}, 1), await start({}, 1), await start({}, 2)];
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
  for (const [name, values] of first)
    expect(
      values.some((x) => x !== 0),
      name,
    ).toBe(name.includes('lora_A'));
  const dora = await start({ use_dora: true, target_modules: ['q_proj'] }, 1);
  const weight = await HuggingFaceFolder.open(folder.path).then(
    ({ weights }) => weights.entry('model.layers.0.self_attn.q_proj.weight').shape,
  );
  expect(dora.get('model.layers.0.self_attn.q_proj.lora_magnitude_vector')).toHaveLength(
    weight[0]!,
  );
  expect(
    dora
      .get('model.layers.0.self_attn.q_proj.lora_magnitude_vector')!
      .every((length) => length > 0 && length !== 1),
  ).toBe(true);
});

test(
  'a recorded mixture of experts is adapted at its linear modules and at the matrices of its ' +
    'experts',
  async () => {
    const path = join(MODELS, '../recorded/gpt_oss');
    const folder = await HuggingFaceFolder.open(path);
    const model = await openRecordedModel(join(path, 'graph.json'), {
      config: folder.config,
      tensors: folder.weights.tensors,
    });
    const adapter = lora.create(
      { target_modules: ['q_proj', '*experts*_proj'], dim: 2, alpha: 8 },
      linearModules(model),
    );
    expect(adapter.modules.map(({ name }) => name.replace('model.layers.', ''))).toEqual([
      '0.self_attn.q_proj',
      '0.mlp.experts.gate_up_proj',
      '0.mlp.experts.down_proj',
      '1.self_attn.q_proj',
      '1.mlp.experts.gate_up_proj',
      '1.mlp.experts.down_proj',
    ]);
    const session = await ModelSession.load(
      { backend, model, precision: 'f32', trainable: () => true, adapter: { adapter, seed: 3 } },
      folder.weights.tensors,
      folder.path,
    );
    try {
      const training = new TrainingStep(session, {
        optimizer: adamw({ betas: [0.9, 0.999], eps: 1e-8 }),
        maxNorm: 1,
      });
      const rectangle = model.batch.rectangle!;
      const { rows, columns } = rectangle;
      const tokens = rows * columns;
      const documents = Array.from({ length: rows }, (_, row) => {
        const start = row * columns;
        const ids = Int32Array.from({ length: columns }, (__, i) => (7 * (start + i)) % 100);
        return { start, inputIds: ids, labels: ids };
      });
      const batch: Batch = { documents, capacity: rectangleCapacity(rectangle), padTokenId: 0 };
      const losses: number[] = [];
      for (let step = 1; step <= 4; step++) {
        await training.micro(batch, { scale: 1 / tokens, first: true });
        losses.push((await training.update(step, 2e-2, 0)).loss);
      }
      expect(losses[3]).toBeLessThan(losses[0]! - 0.05);
      for (const { name, trained } of session.parameters.all)
        if (trained)
          expect(
            (await training.gradient(name)).some((g) => g !== 0),
            name,
          ).toBe(true);
    } finally {
      await session.close();
    }
  },
);
