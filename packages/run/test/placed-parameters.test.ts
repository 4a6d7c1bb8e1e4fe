// Parameters that a strategy stores in another way are trained, saved and loaded as if they were
// whole: the files are the same, byte for byte.
import { join } from 'node:path';
import type { ParallelismPlugin, Placement } from '@automodel/contracts';
import { cat, defineOp, narrow, reshape, sizeOf, type OpDefinition } from '@automodel/core';
import type { Recipe } from '@automodel/recipe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeRecordedFolder } from './recorded-folder.js';
import { strategy, StrategyRuns } from './strategy-runs.js';
import { writeModel } from './tiny-model.js';

let runs: StrategyRuns;
beforeAll(async () => {
  runs = await StrategyRuns.create();
});
afterAll(() => runs[Symbol.asyncDispose]());

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
      await runs.run(runs.recipe(which, `${name} ${which}`, { ...more, distributed }));
      return runs.results(`${name} ${which}`);
    };
    const [plain, halved] = [await both('none'), await both('halves')];
    expect(plain.size).toBeGreaterThanOrEqual(4);
    expect(halved).toEqual(plain);
  });

  test('a recorded graph', async () => {
    const folder = await writeRecordedFolder(join(runs.root, 'recorded'), 192);
    const model = { pretrained_model_name_or_path: folder };
    for (const which of ['none', 'halves'])
      await runs.run(runs.recipe(which, `recorded ${which}`, { model }));
    expect(await runs.results('recorded halves')).toEqual(await runs.results('recorded none'));
  });

  test('a run goes on from a checkpoint of the other strategy', async () => {
    await runs.run(runs.recipe('none', 'whole'));
    for (const [first, second] of [
      ['none', 'halves'],
      ['halves', 'none'],
    ] as const) {
      const output = `from ${first}`;
      await runs.run(runs.recipe(first, output), [], { stopAfter: 1 });
      await runs.run(runs.recipe(second, output, { checkpoint: { restore_from: 'latest' } }));
      const [went, straight] = [await runs.results(output), await runs.results('whole')];
      expect(went.get('model.safetensors')).toEqual(straight.get('model.safetensors'));
      expect(went.get('metrics.jsonl')).toEqual(straight.get('metrics.jsonl'));
    }
  });
});

/** The columns of a matrix in two pieces, one after the other. */
const columns = (): ParallelismPlugin => {
  const halfOf = (shape: readonly number[]): number | undefined =>
    shape.length === 2 && shape[1]! % 2 === 0 ? shape[1]! / 2 : undefined;
  const joinColumns: OpDefinition<Record<string, never>> = defineOp({
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
  return strategy('columns', {
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
        const isWhole = halfOf(shape) === undefined;
        return isWhole ? stored : stored.trace.apply(joinColumns, [stored], {})[0];
      },
    },
  });
};

/** Every float parameter with rows of padding behind it. */
const padded = (): ParallelismPlugin =>
  strategy('padded', {
    interceptor: {
      placement: ({ shape, dtype }): Placement | undefined =>
        dtype !== undefined
          ? undefined
          : {
              shape: [shape[0]! + 3, ...shape.slice(1)],
              boxes: () => [{ start: shape.map(() => 0), size: shape, offset: 0 }],
            },
      read: ({ shape, dtype }, next) =>
        dtype === undefined ? narrow(next(), 0, 0, shape[0]!) : next(),
    },
  });

describe('pieces in another order or with padding give the same weights', () => {
  // one micro-batch per step, no norm, weights that are read once: no sum changes its order
  const unclipped = async (more: Partial<Recipe>): Promise<Partial<Recipe>> => ({
    model: {
      pretrained_model_name_or_path: await writeModel(join(runs.root, 'untied'), {
        tie_word_embeddings: false,
      }),
    },
    clip_grad_norm: { max_norm: null },
    step_scheduler: {
      global_batch_size: 4,
      local_batch_size: 4,
      max_steps: 3,
      ckpt_every_steps: 2,
    },
    ...more,
  });
  const weights = async (output: string): Promise<Map<string, unknown>> => {
    const found = await runs.results(output);
    found.delete('metrics.jsonl');
    return found;
  };

  test.each<[string, Partial<Recipe>]>([
    ['all weights', {}],
    ['dora', { peft: { dim: 4, target_modules: '*_proj', use_dora: true } }],
  ])('%s', async (name, more) => {
    const recipeOf = await unclipped(more);
    for (const which of ['none', 'columns', 'padded'])
      await runs.run(runs.recipe(which, `${name} in ${which}`, recipeOf), [columns(), padded()]);
    const plain = await weights(`${name} in none`);
    expect(plain.size).toBeGreaterThanOrEqual(4);
    expect(await weights(`${name} in columns`)).toEqual(plain);
    expect(await weights(`${name} in padded`)).toEqual(plain);
  });
});
