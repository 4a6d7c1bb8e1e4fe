// Runs under a strategy of parallelism: what it places is trained, saved and loaded as if it were
// whole, its passes see every program, and of several processes only the first one writes.
import { mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostGroup, Parallelism, ParallelismPlugin, Placement } from '@automodel/contracts';
import {
  cat,
  defineOp,
  narrow,
  reshape,
  sizeOf,
  type Graph,
  type OpDefinition,
  type Pass,
} from '@automodel/core';
import lora from '@automodel/peft';
import type { Recipe } from '@automodel/recipe';
import { singleProcess } from '@automodel/session';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import halves from '../../../examples/toy-parallelism/automodel-toy-halves/index.js';
import {
  AutoModelForCausalLM,
  composeRun,
  finetune,
  PluginRegistry,
  type Plugin,
  type RunEvent,
} from '../src/index.js';
import { checkRecipe } from '@automodel/recipe';
import { writeRecordedFolder } from './recorded-folder.js';
import { plugins, writeModel, writeRows } from './tiny-model.js';

let root: string;
let data: string;
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'automodel-parallelism-')));
  await writeModel(root);
  data = await writeRows(join(root, 'rows.jsonl'), 14);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const strategy = (name: string, parallelism: Partial<Parallelism>): ParallelismPlugin => ({
  kind: 'parallelism',
  apiVersion: 1,
  name,
  create: () => Promise.resolve({ ...singleProcess, ...parallelism }),
});

const recipe = (name: string, output: string, more: Partial<Recipe> = {}): Recipe => ({
  model: { pretrained_model_name_or_path: join(root, 'model') },
  dataset: { path_or_dataset_id: data },
  validation_dataset: { path_or_dataset_id: data, limit_dataset_samples: 3 },
  step_scheduler: { global_batch_size: 4, local_batch_size: 2, max_steps: 3, ckpt_every_steps: 2 },
  optimizer: { lr: 1e-2 },
  distributed: { strategy: name },
  backend: { threads: 1 },
  ...more,
  checkpoint: { checkpoint_dir: join(root, output), ...more.checkpoint },
});

async function run(
  input: Recipe,
  given: readonly Plugin[] = [],
  stopAfter?: number,
): Promise<RunEvent[]> {
  const stop = new AbortController();
  const events: RunEvent[] = [];
  const all = [...plugins, lora, halves, ...given];
  for await (const event of finetune(input, { plugins: all, signal: stop.signal })) {
    events.push(event);
    if (event.type === 'step' && event.step === stopAfter) stop.abort();
  }
  return events;
}

/** Every tensor file below a folder of a run, and the numbers of its metrics. */
async function results(output: string): Promise<Map<string, unknown>> {
  const found = new Map<string, unknown>();
  for (const name of await readdir(join(root, output), { recursive: true })) {
    const content = (): Promise<Buffer> => readFile(join(root, output, name));
    if (name.endsWith('.safetensors')) found.set(name, (await content()).toString('base64'));
    if (name === 'metrics.jsonl')
      found.set(
        name,
        (await content())
          .toString()
          .trim()
          .split('\n')
          .map((line) => {
            const { loss, val_loss, grad_norm } = JSON.parse(line) as Record<string, number>;
            return { loss, val_loss, grad_norm };
          }),
      );
  }
  return found;
}

describe('halves of every matrix give the same bytes', () => {
  const lora4 = { dim: 4, target_modules: '*_proj' };
  test.each<[string, Partial<Recipe>]>([
    ['f32', {}],
    ['bf16', { precision: 'bf16' }],
    ['bf16_pure', { precision: 'bf16_pure' }],
    ['sgd', { optimizer: { type: 'sgd', lr: 0.1, momentum: 0.9 } }],
    ['lora', { peft: lora4 }],
    ['dora in bf16', { precision: 'bf16', peft: { ...lora4, use_dora: true, dropout: 0.1 } }],
    ['nf4', { peft: lora4, quantization: { load_in_4bit: true, bnb_4bit_quant_type: 'nf4' } }],
    ['int8', { peft: lora4, quantization: { load_in_8bit: true } }],
    ['recomputed', { distributed: { activation_checkpointing: true } }],
  ])('%s', async (name, more) => {
    const both = async (which: string): Promise<Map<string, unknown>> => {
      const distributed = { ...more.distributed, strategy: which };
      await run(recipe(which, `${name} ${which}`, { ...more, distributed }));
      return results(`${name} ${which}`);
    };
    const [plain, halved] = [await both('none'), await both('halves')];
    expect(plain.size).toBeGreaterThanOrEqual(4);
    expect(halved).toEqual(plain);
  });

  test('a recorded graph', async () => {
    const folder = await writeRecordedFolder(join(root, 'recorded'), 192);
    const model = { pretrained_model_name_or_path: folder };
    for (const which of ['none', 'halves'])
      await run(recipe(which, `recorded ${which}`, { model }));
    expect(await results('recorded halves')).toEqual(await results('recorded none'));
  });

  test('a run goes on from a checkpoint of the other strategy', async () => {
    await run(recipe('none', 'whole'));
    for (const [first, second] of [
      ['none', 'halves'],
      ['halves', 'none'],
    ] as const) {
      const output = `from ${first}`;
      await run(recipe(first, output), [], 1);
      await run(recipe(second, output, { checkpoint: { restore_from: 'latest' } }));
      const [went, straight] = [await results(output), await results('whole')];
      expect(went.get('model.safetensors')).toEqual(straight.get('model.safetensors'));
      expect(went.get('metrics.jsonl')).toEqual(straight.get('metrics.jsonl'));
    }
  });
});

test('columns of a matrix in pieces: the same weights where nothing sums over all elements', async () => {
  const halfOf = (shape: readonly number[]): number | undefined =>
    shape.length === 2 && shape[1]! % 2 === 0 ? shape[1]! / 2 : undefined;
  const join2: OpDefinition<Record<string, never>> = defineOp({
    name: 'test/join_columns',
    summary: 'columns side by side',
    operands: ['pieces'],
    moves: true,
    infer: ({ pieces: { shape, dtype } }) => [{ shape: [shape[1]!, 2 * shape[2]!], dtype }],
    decompose: ({ pieces }) => [
      cat(
        [0, 1].map((i) => reshape(narrow(pieces, 0, i, 1), pieces.shape.slice(1))),
        1,
      ),
    ],
    gradient: ({ operands: { pieces }, gradients: { y: dy } }) => {
      const [, , width] = pieces.shape as [number, number, number];
      const piece = (i: number) =>
        reshape(narrow(dy, 1, i * width, width), [1, ...pieces.shape.slice(1)]);
      return { pieces: cat([piece(0), piece(1)], 0) };
    },
    samples: [],
  });
  const columns = strategy('columns', {
    interceptor: {
      placement: ({ shape }): Placement | undefined => {
        const half = halfOf(shape);
        if (half === undefined) return undefined;
        const size = [shape[0]!, half];
        return {
          shape: [2, ...size],
          boxes: () =>
            [0, 1].map((i) => ({ start: [0, i * half], size, offset: i * sizeOf(size) })),
        };
      },
      read: ({ shape }, next) => {
        const stored = next();
        return halfOf(shape) === undefined ? stored : stored.trace.apply(join2, [stored], {})[0];
      },
    },
  });
  const untied = await writeModel(join(root, 'untied'), { tie_word_embeddings: false });
  // one micro-batch a step, weights that are read once: no sum can be taken in another order
  const unclipped = {
    model: { pretrained_model_name_or_path: untied },
    clip_grad_norm: { max_norm: null },
    step_scheduler: {
      global_batch_size: 4,
      local_batch_size: 4,
      max_steps: 3,
      ckpt_every_steps: 2,
    },
  };
  await run(recipe('none', 'plain', unclipped));
  await run(recipe('columns', 'columns', unclipped), [columns]);
  const [plain, cut] = [await results('plain'), await results('columns')];
  plain.delete('metrics.jsonl');
  cut.delete('metrics.jsonl');
  expect(cut).toEqual(plain);
});

test('passes of a strategy see every program, before it is differentiated and after lowering', async () => {
  const seen: string[] = [];
  const spy = (slot: string, look: (graph: Graph) => string): Pass => ({
    name: `spy-${slot}`,
    summary: 'looks',
    numerics: 'bitwise',
    run: (graph) => {
      seen.push(`${slot} ${graph.name} ${look(graph)}`);
      return { graph, values: new Map() };
    },
  });
  const phases = (graph: Graph): string =>
    [...new Set(graph.nodes.map(({ phase }) => phase))].sort().join('+');
  const spies = strategy('spies', {
    passes: {
      forward: [spy('forward', phases)],
      lowering: [spy('lowering', phases)],
      last: [spy('last', phases)],
    },
  });
  const evaluation = { dataset: { path_or_dataset_id: data }, num_samples: 1, max_new_tokens: 1 };
  await run(recipe('spies', 'spied', { evaluation }), [spies]);
  expect(new Set(seen.map((line) => line.replace(/decode \d+/, 'decode')))).toEqual(
    new Set([
      'forward micro forward',
      'lowering micro backward+forward',
      'last micro backward+forward',
      'lowering update update',
      'last update update',
      'forward evaluate forward',
      'lowering evaluate forward',
      'last evaluate forward',
      'forward decode forward',
      'lowering decode forward',
      'last decode forward',
    ]),
  );
});

test('a process that is not the first trains and writes nothing; validation sums over all', async () => {
  const second = (rank: number): ParallelismPlugin => {
    const host: HostGroup = {
      size: 2,
      rank,
      sum: (values) => Promise.resolve(values.map((x) => 2 * x)),
      barrier: () => Promise.resolve(),
    };
    return strategy('pair', { host });
  };
  const losses = (events: readonly RunEvent[]): number[] =>
    events.flatMap((event) => (event.type === 'validation' ? [event.loss] : []));
  const alone = await run(recipe('none', 'alone'));
  const first = await run(recipe('pair', 'first'), [second(0)]);
  const other = await run(recipe('pair', 'other'), [second(1)]);
  expect(losses(first)).toEqual(losses(alone).map((loss) => 2 * loss));
  expect(losses(other)).toEqual(losses(first));
  expect(other.at(-1)).toMatchObject({ type: 'done', reason: 'finished' });
  expect(other.map(({ type }) => type)).not.toContain('saved');
  const names = await readdir(root);
  expect(names).toContain('first');
  expect(names).not.toContain('other');
});

test('a strategy that nothing provides is refused, by check too', async () => {
  const unknown = recipe('fdsp2', 'unknown');
  await expect(run(unknown)).rejects.toThrow('strategy "fdsp2" needs a plugin');
  const registry = new PluginRegistry({ discovered: [], given: plugins });
  await using composed = composeRun(checkRecipe(unknown), registry);
  const findings: unknown[] = [];
  for await (const finding of composed.check())
    if (finding.error !== undefined) findings.push(finding);
  expect(findings).toMatchObject([{ check: 'distributed' }]);
});

test('a model that is only loaded is whole', async () => {
  await using model = await AutoModelForCausalLM.fromPretrained(join(root, 'model'), { plugins });
  expect(model.session.parallelism).toBe(singleProcess);
});

test('what is planned is what a process stores, with the passes of its strategy', async () => {
  let looks = 0;
  const look: Pass = {
    name: 'look',
    summary: 'looks',
    numerics: 'bitwise',
    run: (graph) => ({ graph: (looks++, graph), values: new Map() }),
  };
  /** Holds every matrix of an even number of rows as the first half of it. */
  const sharded = strategy('sharded', {
    passes: { forward: [look] },
    interceptor: {
      placement: ({ shape: [rows = 0, ...row] }) =>
        row.length === 0 || rows % 2 === 1
          ? undefined
          : { shape: [rows / 2, ...row], boxes: () => [] },
      read: ({ shape }, next) => {
        const stored = next();
        return sizeOf(stored.shape) === sizeOf(shape) ? stored : cat([stored, stored]);
      },
    },
  });
  const planned = async (name: string, budget?: number) => {
    const registry = new PluginRegistry({ discovered: [], given: [...plugins, sharded] });
    const memory = budget === undefined ? {} : { budget_gb: budget };
    await using composed = composeRun(checkRecipe(recipe(name, 'planned', { memory })), registry);
    return (await composed.plan()).report.memory;
  };
  const [whole, half] = [await planned('none'), await planned('sharded')];
  expect(looks).toBeGreaterThan(1);
  expect(half.parameters).toBeLessThan(0.55 * whole.parameters);
  expect(half.gradients).toBeLessThan(0.55 * whole.gradients);
  // weights, gradients and two moments of what is not stored
  const spared = 4 * (whole.parameters - half.parameters);
  const tight = (160 * 2 ** 20 + 4 * half.parameters + spared / 2) / 1e9;
  await expect(planned('none', tight)).rejects.toMatchObject({ code: 'out-of-memory' });
  await expect(planned('sharded', tight)).resolves.toBeDefined();
});
