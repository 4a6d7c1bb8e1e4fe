import { join } from 'node:path';
import { HuggingFaceFolder } from '@automodel/checkpoint';
import type { LanguageModel } from '@automodel/contracts';
import cpu from '@automodel/cpu-backend';
import llama from '@automodel/models-llama';
import lora from '@automodel/peft';
import ddp from '@automodel/parallel-ddp';
import { referenceBackend, simulatedRanks } from '@automodel/testing';
import { benchTraining, type BenchOptions, type BenchResult } from '@automodel/train';
import { adapterBase, quantizedBase } from '@automodel/session';
import { describe, expect, test } from 'vitest';

const folder = join(import.meta.dirname, '../../../../goldens/models/llama-gqa');

test('trains on random tokens and reports the fields of the peer script', async () => {
  const backend = cpu.create({ threads: 2 });
  const options = {
    backend,
    folder,
    createModel: llama.create,
    precision: 'f32',
    batch: 2,
    seq: 16,
    steps: 4,
  } as const;
  const { line, report } = await benchTraining(options);
  expect(Object.keys(line)).toEqual([
    'peer',
    'dtype',
    'lora',
    'batch',
    'seq',
    'tok_s',
    'seconds',
    'peak_rss_mb',
    'losses',
  ]);
  expect(line.losses).toHaveLength(4);
  expect(line.losses[3]).toBeLessThan(line.losses[0]!);
  expect(report.memory.optimizer).toBe(2 * report.memory.gradients);
  await expect(benchTraining({ ...options, steps: 1 })).rejects.toThrow(
    'steps must be a whole number of at least 2, not 1',
  );
  await expect(benchTraining({ ...options, seq: 129 })).rejects.toThrow(
    "seq 129 is longer than the model's 128 positions",
  );
  const model = llama.create((await HuggingFaceFolder.open(folder)).config);
  const adapter = {
    adapter: lora.create({ match_all_linear: true, dim: 2 }, adapterBase(model)),
    seed: 0,
  };
  const [stored, codes] = [
    await benchTraining({ ...options, lora: { adapter, rank: 2 } }),
    await benchTraining({
      ...options,
      lora: { adapter: quantizedBase(adapter, 'nf4_double'), rank: 2 },
    }),
  ];
  expect(stored.report.memory.quantized).toBe(0);
  expect(codes.line.base_mb).toBeCloseTo(codes.report.memory.quantized / 2 ** 20, 3);
  expect(codes.line.base_mb!).toBeLessThan(stored.line.base_mb!);
  await backend.close();
});

test('a budget is for weights and states of what is trained, and for activations', async () => {
  const backend = cpu.create({ threads: 1 });
  const options = {
    backend,
    folder,
    createModel: llama.create,
    precision: 'f32',
    batch: 4,
    seq: 64,
    steps: 2,
  } as const;
  const [free, tight] = [
    await benchTraining(options),
    await benchTraining({ ...options, budgetBytes: 169e6 }),
  ];
  expect(tight.report.memory.activations).toBeLessThan(free.report.memory.activations);
  expect(tight.line.losses).toEqual(free.line.losses);
  const tooSmall = { ...options, budgetBytes: 168.2e6 };
  await expect(benchTraining(tooSmall)).rejects.toMatchObject({ code: 'out-of-memory' });
  const model = llama.create((await HuggingFaceFolder.open(folder)).config);
  const adapter = {
    adapter: lora.create({ match_all_linear: true, dim: 2 }, adapterBase(model)),
    seed: 0,
  };
  const adapted = await benchTraining({ ...tooSmall, lora: { adapter, rank: 2 } });
  expect(adapted.line.losses).toHaveLength(2);
  await backend.close();
});

describe('documents of given lengths', () => {
  const options = {
    folder,
    createModel: llama.create,
    precision: 'f32',
    batch: 2,
    seq: 10,
    lengths: [4, 6, 5, 5, 10, 3],
    steps: 5,
  } as const;

  test('fill the rows, and speed counts their tokens', async () => {
    const tokens: number[] = [];
    const { line } = await benchTraining({
      ...options,
      backend: referenceBackend(),
      onStep: (_, __, ___, count) => tokens.push(count),
    });
    expect(tokens).toEqual([20, 13, 20, 13, 20]);
    expect(line).toMatchObject({ documents: 6, batch: 2, seq: 10 });
    const seconds = line.seconds.slice(1).reduce((sum, each) => sum + each, 0);
    expect(line.tok_s * seconds).toBeGreaterThan(0.9 * 66);
    expect(line.tok_s * seconds).toBeLessThan(1.1 * 66);
  });

  test('are shared by processes', async () => {
    const alone = await benchTraining({ ...options, steps: 3, backend: referenceBackend() });
    const shared = await Promise.all(
      simulatedRanks([{ name: 'dp_replicate', size: 2 }]).map(async ({ backend, host }) => {
        const parallelism = await ddp.create({}, { host });
        return benchTraining({ ...options, steps: 3, backend, parallelism });
      }),
    );
    for (const { line } of shared) expect(line).toMatchObject({ losses: alone.line.losses });
  });

  test('are refused where they do not fit', async () => {
    const measure = (change: Partial<BenchOptions>): Promise<BenchResult> =>
      benchTraining({ ...options, backend: referenceBackend(), ...change });
    await expect(measure({ seq: 9 })).rejects.toThrow(
      'document 5 has 10 tokens, more than a row of 9',
    );
    await expect(measure({ lengths: [1, 1] })).rejects.toThrow('no document has two tokens');
    const recorded: LanguageModel = {
      ...llama.create((await HuggingFaceFolder.open(folder)).config),
      batch: {
        columns: [],
        rectangle: { rows: 2, columns: 10, padTokenId: 0, source: 'graph.json' },
      },
    };
    await expect(measure({ createModel: () => recorded })).rejects.toThrow(
      'rows of a recorded graph hold one document each',
    );
  });
});

test('processes share the rows of a step', async () => {
  const options = {
    folder,
    createModel: llama.create,
    precision: 'f32',
    batch: 2,
    seq: 8,
    steps: 2,
  } as const;
  const alone = await benchTraining({ ...options, backend: referenceBackend() });
  const shared = (batch: number): Promise<readonly BenchResult[]> =>
    Promise.all(
      simulatedRanks([{ name: 'dp_replicate', size: 2 }]).map(async ({ backend, host }) => {
        const parallelism = await ddp.create({}, { host });
        return benchTraining({ ...options, batch, backend, parallelism });
      }),
    );
  for (const { line } of await shared(2))
    expect(line).toMatchObject({ batch: 2, ranks: 2, losses: alone.line.losses });
  await expect(shared(3)).rejects.toThrow('batch 3 is no multiple of 2 processes');
});
