// Steps of models that train more than a thousand tensors: all weights of 120 layers, and LoRA on
// every linear module of 80. The update goes over lists, and every tensor keeps the bits that it
// would have alone.
import { gradientState, type Backend, type LanguageModel } from '@automodel/contracts';
import {
  compileGraph,
  FUSION_PASSES,
  hostTensor,
  sizeOf,
  type Graph,
  type HostTensor,
  type Plan,
  type PlanTarget,
} from '@automodel/core';
import cpu from '@automodel/cpu-backend';
import llama from '@automodel/models-llama';
import lora from '@automodel/peft';
import { adapterBase } from '@automodel/session';
import { runPlan } from '@automodel/recorded';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adam, adamw, planRun, sgd, type Optimizer, type PlannedRun } from '../../src/index.js';
import { updateProgram, type TrainedParameter } from '../../src/step/update-program.js';

let backend: Backend;
beforeAll(() => {
  backend = cpu.create({ threads: 2 });
});
afterAll(() => backend.close());

const OPTIONS = { betas: [0.9, 0.99] as const, eps: 1e-8 };

const modelOf = (layers: number): LanguageModel =>
  llama.create({
    model_type: 'llama',
    vocab_size: 40,
    hidden_size: 8,
    intermediate_size: 12,
    num_hidden_layers: layers,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    max_position_embeddings: 16,
    rms_norm_eps: 1e-5,
    initializer_range: 0.2,
    tie_word_embeddings: true,
  });

/** Compiled by the backend, without memory for the weights. */
const planOf = (model: LanguageModel, adapter?: ReturnType<typeof lora.create>) =>
  planRun({
    backend,
    model,
    precision: 'f32',
    trainable: (name) => adapter?.owns(name) ?? true,
    storedDType: () => 'f32',
    ...(adapter && { interceptors: [adapter.interceptor] }),
    training: { optimizer: adamw(OPTIONS), maxNorm: 1 },
    capacity: { token: 8, document: 1 },
  });

/** How many tensors the update of a run writes, and its steps with their numbers of results. */
function updateOf({ programs }: PlannedRun): {
  readonly trained: number;
  readonly steps: string[];
} {
  const { plan } = programs.get('update')!;
  return {
    trained: plan.buffers.filter(({ name }) => name.startsWith('exp_avg.')).length,
    steps: plan.steps.map(({ op, inputs, outputs }) => `${op} ${inputs.length} ${outputs.length}`),
  };
}

describe('a step compiles, with few steps in its update', () => {
  test('for all weights of 120 layers', async () => {
    const { trained, steps } = updateOf(await planOf(modelOf(120)));
    expect(trained).toBe(1082);
    expect(steps).toMatchInlineSnapshot(`
      [
        "squared_norm_many 128 1",
        "squared_norm_many 128 1",
        "squared_norm_many 128 1",
        "squared_norm_many 128 1",
        "squared_norm_many 128 1",
        "squared_norm_many 128 1",
        "squared_norm_many 128 1",
        "squared_norm_many 128 1",
        "squared_norm_many 58 1",
        "clip_flag 10 3",
        "adamw_many 518 384",
        "adamw_many 518 384",
        "adamw_many 518 384",
        "adamw_many 518 384",
        "adamw_many 518 384",
        "adamw_many 518 384",
        "adamw_many 518 384",
        "adamw_many 518 384",
        "adamw_many 238 174",
        "copy 1 1",
      ]
    `);
  });

  test('for LoRA on every linear module of 80 layers', async () => {
    const model = modelOf(80);
    const adapter = lora.create({ dim: 2, target_modules: '*_proj' }, adapterBase(model));
    const { trained, steps } = updateOf(await planOf(model, adapter));
    expect(trained).toBe(1120);
    expect(steps).toMatchInlineSnapshot(`
      [
        "squared_norm_many 128 1",
        "squared_norm_many 128 1",
        "squared_norm_many 128 1",
        "squared_norm_many 128 1",
        "squared_norm_many 128 1",
        "squared_norm_many 128 1",
        "squared_norm_many 128 1",
        "squared_norm_many 128 1",
        "squared_norm_many 96 1",
        "clip_flag 10 3",
        "adamw_many 518 384",
        "adamw_many 518 384",
        "adamw_many 518 384",
        "adamw_many 518 384",
        "adamw_many 518 384",
        "adamw_many 518 384",
        "adamw_many 518 384",
        "adamw_many 518 384",
        "adamw_many 390 288",
        "copy 1 1",
      ]
    `);
  });
});

/** Of the unusual ones among 50. */
const SHAPES: ReadonlyMap<number, readonly number[]> = new Map([
  [7, [0]],
  [8, []],
]);
/** 300 tensors, among them empty ones, single numbers and one of several chunks. */
const PARAMETERS: readonly TrainedParameter[] = Array.from({ length: 300 }, (_, i) => ({
  name: `model.layers.${i >> 1}.weight${i & 1}`,
  shape: SHAPES.get(i % 50) ?? (i === 200 ? [3, 30_011] : [1 + (i % 9), 3]),
  dtype: i % 7 === 0 ? 'bf16' : 'f32',
}));

/** Numbers for every input; `broken`: one gradient holds a NaN. */
const feedsOf = (graph: Graph, broken: boolean): ReadonlyMap<string, HostTensor> =>
  new Map(
    graph.inputs.map(({ input: { name }, shape, dtype }, n) => [
      name,
      hostTensor(
        dtype,
        shape,
        Array.from({ length: sizeOf(shape) }, (_, i) =>
          broken && name === gradientState(PARAMETERS[210]!.name) && i === 2
            ? NaN
            : (1 + ((5 * n + i) % 13)) / 16,
        ),
      ),
    ]),
  );

const count = (plan: Plan, op: string): number => plan.steps.filter((s) => s.op === op).length;

describe('the update of 300 tensors', () => {
  const optimizers: readonly (readonly [string, Optimizer])[] = [
    ['adamw', adamw(OPTIONS)],
    ['adam', adam(OPTIONS)],
    ['sgd', sgd({ momentum: 0.9, nesterov: true })],
    ['sgd', sgd({ momentum: 0, nesterov: false })],
  ];
  test.each(
    optimizers.flatMap(([op, o]) => [false, true].map((broken) => [op, broken, o] as const)),
  )('by %s has the bits of 300 updates of one, with NaN: %s', async (name, broken, optimizer) => {
    const op = name === 'sgd' ? 'sgd' : 'adamw';
    const graph = updateProgram(PARAMETERS, optimizer, 1);
    const single: PlanTarget = {
      backend: backend.name,
      kernels: { ...backend.kernels, squared_norm_many: 'decompose' },
    };
    const { plan: alone } = compileGraph(graph, single, { disable: FUSION_PASSES });
    const { plan: joined } = compileGraph(graph, { ...single, kernels: backend.kernels });
    expect([count(alone, op), count(alone, 'squared_norm')]).toEqual([300, 300]);
    expect(count(joined, `${op}_many`)).toBeGreaterThan(0);
    expect(count(joined, 'squared_norm_many')).toBe(3);
    const feeds = feedsOf(graph, broken);
    const wanted = await runPlan(backend, alone, graph, feeds, { runs: 2 });
    const found = await runPlan(backend, joined, graph, feeds, { runs: 2 });
    expect(wanted.outputs.get('flag')!.data[0]).toBe(broken ? 0 : 1);
    for (const kind of ['outputs', 'assigns'] as const)
      for (const [tensor, { data }] of wanted[kind])
        expect(found[kind].get(tensor)!.data, tensor).toEqual(data);
  });
});
