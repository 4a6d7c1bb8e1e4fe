// Sessions with an adapter: their compute dtype, what they train, and how new adapters start.
import { join } from 'node:path';
import { HuggingFaceFolder } from '@automodel/checkpoint';
import type { Backend, Batch } from '@automodel/contracts';
import cpu from '@automodel/cpu-backend';
import lora from '@automodel/peft';
import { openRecordedModel } from '@automodel/recorded';
import {
  forwardGraph,
  leastCapacity,
  adapterBase,
  ModelSession,
  rectangleCapacity,
} from '@automodel/session';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adamw, TrainingStep } from '../../src/index.js';
import { adapterOf, modelOf, MODELS } from './golden-adapters.js';

let backend: Backend;
beforeAll(() => {
  backend = cpu.create({ threads: 2 });
});
afterAll(() => backend.close());

test('f32 on a base stored in bf16 computes nothing in bf16, and rounds no scale', async () => {
  const model = await modelOf('qwen2');
  const { interceptor, owns } = lora.create({ dim: 3, alpha: 1 }, adapterBase(model));
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

test('only the adapter is trained; the model below it is mapped from the file', async () => {
  const folder = await HuggingFaceFolder.open(join(MODELS, 'llama-gqa'));
  const session = await ModelSession.load(
    {
      backend,
      model: await modelOf('llama-gqa'),
      precision: 'f32',
      trainable: () => true,
      adapter: await adapterOf('llama-gqa'),
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

test('a new adapter changes nothing yet, and its initial values follow from the seed', async () => {
  const folder = await HuggingFaceFolder.open(join(MODELS, 'qwen2'));
  const model = await modelOf('qwen2');
  const start = async (
    options: Readonly<Record<string, unknown>>,
    seed: number,
  ): Promise<ReadonlyMap<string, Float32Array>> => {
    const adapter = lora.create({ dim: 2, ...options }, adapterBase(model));
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
      adapterBase(model),
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
