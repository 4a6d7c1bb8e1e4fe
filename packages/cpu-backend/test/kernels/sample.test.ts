// sample against its definition in core: greedy, plain, top-p, top-k and both, ties, vocabularies
// of many sizes; and shares of many draws against probabilities.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sampleOp, type DType, type HostTensor } from '@automodel/core';
import { NativePool } from '../../src/native-pool.js';
import { callKernel, randomValues, rounded, type KernelCall } from '../support/call-kernel.js';
import { describeInstructionSets } from '../support/describe-instruction-sets.js';

interface Case {
  readonly rows: number;
  readonly vocabulary: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly seed?: bigint;
  readonly step?: bigint;
  readonly dtype?: DType;
  /** Logits are multiples of this, so that many tie. */
  readonly grid?: number;
}

const CASES: Record<string, Case> = {
  greedy: { rows: 9, vocabulary: 133, temperature: 0 },
  'greedy with ties': { rows: 9, vocabulary: 1000, temperature: 0, grid: 1 },
  everything: { rows: 40, vocabulary: 517 },
  'one id': { rows: 3, vocabulary: 1 },
  hot: { rows: 40, vocabulary: 97, temperature: 3 },
  cold: { rows: 40, vocabulary: 97, temperature: 0.05 },
  'top-k': { rows: 60, vocabulary: 300, topK: 7 },
  'top-k of ties': { rows: 60, vocabulary: 300, topK: 7, grid: 0.5 },
  'top-k beyond the vocabulary': { rows: 20, vocabulary: 30, topK: 31 },
  'top-p': { rows: 60, vocabulary: 300, topP: 0.8 },
  'small top-p': { rows: 30, vocabulary: 300, topP: 1e-6 },
  'top-k and top-p': { rows: 60, vocabulary: 300, topK: 20, topP: 0.7, temperature: 0.7 },
  'large seed and step': {
    rows: 20,
    vocabulary: 300,
    seed: -(2n ** 62n) - 12345n,
    step: 2n ** 40n + 7n,
  },
  bf16: { rows: 40, vocabulary: 211, dtype: 'bf16', topP: 0.9 },
  'large vocabulary': { rows: 6, vocabulary: 50_257, topP: 0.95 },
};

const bigInts = (value: bigint): BigInt64Array => BigInt64Array.of(value);

function build(c: Case, seed = 11): { call: KernelCall; logits: number[]; expected: number[] } {
  const dtype = c.dtype ?? 'f32';
  const logits = randomValues(c.rows * c.vocabulary, seed).map((a) =>
    rounded(c.grid === undefined ? 6 * a : Math.round((4 * a) / c.grid) * c.grid, dtype),
  );
  const [temperature, topP, topK] = [
    Math.fround(c.temperature ?? 1),
    Math.fround(c.topP ?? 1),
    c.topK ?? 0,
  ];
  const scalars = [
    { dtype: 'f32' as const, data: Float64Array.of(temperature) },
    { dtype: 'f32' as const, data: Float64Array.of(topP) },
    { dtype: 'i32' as const, data: Int32Array.of(topK) },
    { dtype: 'i64' as const, data: bigInts(c.seed ?? 42n) },
    { dtype: 'i64' as const, data: bigInts(c.step ?? 3n) },
  ];
  const host: HostTensor[] = [
    { shape: [c.rows, c.vocabulary], dtype: 'f32', data: Float64Array.from(logits) },
    ...scalars.map((s) => ({ ...s, shape: [] })),
  ];
  const expected = Array.from(
    sampleOp.reference!(host, {}, [{ shape: [c.rows], dtype: 'i32' }])[0].data,
    Number,
  );
  const inputs = [
    { dtype, shape: [c.rows, c.vocabulary], values: logits },
    ...scalars.map((s) => ({
      dtype: s.dtype,
      shape: [],
      values: s.data,
    })),
  ];
  return {
    call: { kernel: 'sample', inputs, outputs: [{ dtype: 'i32', shape: [c.rows] }] },
    logits,
    expected,
  };
}

describeInstructionSets('sample on %s', (set) => {
  let pool: NativePool;
  beforeAll(() => {
    pool = new NativePool(2, set);
  });
  afterAll(() => pool.close());

  it.each(Object.keys(CASES))('%s', async (name) => {
    const { call, expected } = build(CASES[name]!);
    expect(await callKernel(pool, call)).toEqual([expected]);
  });

  it('draws every id as often as its probability says', async () => {
    const [rows, vocabulary] = [20_000, 5];
    const one = [2, 0.5, -1, 1, -30];
    const { call } = build({ rows: 1, vocabulary });
    const inputs = call.inputs.map((operand, i) =>
      i === 0
        ? { dtype: 'f32' as const, shape: [rows, vocabulary], strides: [0, 1], values: one }
        : operand,
    );
    const [ids] = await callKernel(pool, {
      ...call,
      inputs,
      outputs: [{ dtype: 'i32', shape: [rows] }],
    });
    const total = one.reduce((sum, x) => sum + Math.exp(x), 0);
    one.forEach((x, id) => {
      const probability = Math.exp(x) / total;
      const share = ids!.filter((drawn) => drawn === id).length / rows;
      expect(Math.abs(share - probability), `share of id ${id}`).toBeLessThanOrEqual(
        4 * Math.sqrt((probability * (1 - probability)) / rows),
      );
    });
  });

  it('never draws NaN or minus infinity beside numbers', async () => {
    const { call } = build({ rows: 1, vocabulary: 4 });
    const inputs = call.inputs.map((operand, i) =>
      i === 0
        ? {
            dtype: 'f32' as const,
            shape: [200, 4],
            strides: [0, 1],
            values: [NaN, -Infinity, 0, 1],
          }
        : operand,
    );
    const [ids] = await callKernel(pool, {
      ...call,
      inputs,
      outputs: [{ dtype: 'i32', shape: [200] }],
    });
    expect([...new Set(ids)].sort()).toEqual([2, 3]);
  });
});
