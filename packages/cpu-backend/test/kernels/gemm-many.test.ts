// gemm_many: each of its products has the bits of gemm alone, and a sum is that of all products;
// shapes around tile borders, few rows, strided operands, and the same bits on two threads.
import { describe, expect, it } from 'vitest';
import { bothPools, scalar } from '../support/both-pools.js';
import { randomValues, type KernelCall, type Operand } from '../support/call-kernel.js';
import { describeInstructionSets } from '../support/describe-instruction-sets.js';

const matrix = (rows: number, columns: number, seed: number, across = false): Operand => {
  const strides = across ? [1, rows + 3] : [columns + 2, 1];
  const count = (rows - 1) * strides[0]! + (columns - 1) * strides[1]! + 1;
  return { dtype: 'f32', shape: [rows, columns], strides, values: randomValues(count, seed) };
};
const vector = (length: number, seed: number): Operand => ({
  dtype: 'f32',
  shape: [length],
  values: randomValues(length, seed),
});
const result = (rows: number, columns: number): Operand => ({
  dtype: 'f32',
  shape: [rows, columns],
});

/** Sizes of the products along the joined dimension, and of the other two. */
const SIZES = [
  { each: [1], others: [1, 1] },
  { each: [16, 5, 33], others: [40, 70] },
  { each: [96, 32, 32], others: [130, 64] },
  { each: [15, 17, 31, 48, 6, 2, 3, 64], others: [33, 20] },
  { each: [600, 16, 1100], others: [20, 40] },
  { each: [100, 30], others: [3, 90] },
] as const;

const alone = (
  inputs: (Operand | null)[],
  rows: number,
  columns: number,
  bf16: number,
): KernelCall => ({
  kernel: 'gemm',
  inputs,
  outputs: [result(rows, columns)],
  ints: [bf16],
  floats: [1],
});

describeInstructionSets('gemm_many on %s', (set) => {
  const call = bothPools(set);
  const run = async (step: KernelCall): Promise<readonly number[][]> =>
    (await call(step)).map((values) => values!);

  const cases = SIZES.flatMap((sizes) => [0, 1].map((bf16) => ({ ...sizes, bf16 })));

  describe('columns side by side', () => {
    it.each(cases)('%j', async ({ each, others: [m, k], bf16 }) => {
      const a = matrix(m, k, 1);
      const rights = each.map((n, i) => matrix(k, n, 10 + i, i % 2 === 0));
      const biases = each.map((n, i) => (i === 1 ? null : vector(n, 30 + i)));
      const many = await run({
        kernel: 'gemm_many',
        inputs: [a, ...rights, ...biases],
        outputs: each.map((n) => result(m, n)),
        ints: [bf16, each.length, 0],
      });
      for (const [i, n] of each.entries())
        expect([many[i]]).toEqual(await run(alone([a, rights[i]!, biases[i]!], m, n, bf16)));
    });
  });

  describe('rows below one another', () => {
    it.each(cases.flatMap((c) => [0, 1].map((keep) => ({ ...c, keep }))))(
      '%j',
      async ({ each, others: [n, k], bf16, keep }) => {
        const b = matrix(k, n, 2);
        const lefts = each.map((m, i) => matrix(m, k, 10 + i, i % 2 === 0));
        const sums = each.map((m, i) =>
          keep === 0 ? { ...matrix(m, n, 0), values: [] } : matrix(m, n, 30 + i),
        );
        const beta = scalar(keep);
        const many = await run({
          kernel: 'gemm_many',
          inputs: [...lefts, b, ...sums, beta],
          outputs: each.map((m) => result(m, n)),
          ints: [bf16, each.length, 1],
        });
        for (const [i, m] of each.entries())
          expect([many[i]]).toEqual(
            await run(alone([lefts[i]!, b, null, sums[i]!, beta], m, n, bf16)),
          );
      },
    );
  });

  describe('one sum', () => {
    it.each(cases)('%j', async ({ each, others: [m, n], bf16 }) => {
      const lefts = each.map((k, i) => matrix(m, k, 10 + i, i % 2 === 0));
      const rights = each.map((k, i) => matrix(k, n, 30 + i, i % 2 === 1));
      const start = matrix(m, n, 3);
      const [sum] = await run({
        kernel: 'gemm_many',
        inputs: [...lefts, ...rights, start],
        outputs: [result(m, n)],
        ints: [bf16, each.length, 2],
      });
      let expected = start.values!;
      let strides = start.strides!;
      for (const i of each.keys()) {
        const from: Operand = { ...start, strides, values: expected };
        [expected] = (await run(
          alone([lefts[i]!, rights[i]!, null, from, scalar(1)], m, n, bf16),
        )) as [number[]];
        strides = [n, 1];
      }
      const terms = each.reduce<number>((total, k) => total + k, 1);
      sum!.forEach((value, i) =>
        expect(Math.abs(value - Number(expected[i]))).toBeLessThan(4e-7 * terms),
      );
    });
  });

  it.each<[string, Partial<KernelCall>]>([
    ['the number of products', { ints: [0, 9, 0] }],
    ['the number of products', { ints: [0, 1, 3] }],
    ['the number of operands', { ints: [0, 2, 0] }],
    ['shapes of A, B and C', { outputs: [result(4, 4)] }],
    ['bias', { inputs: [matrix(3, 5, 1), matrix(5, 4, 2), vector(3, 3)] }],
  ])('refuses %s', async (why, change) => {
    const sound: KernelCall = {
      kernel: 'gemm_many',
      inputs: [matrix(3, 5, 1), matrix(5, 4, 2), vector(4, 3)],
      outputs: [result(3, 4)],
      ints: [0, 1, 0],
    };
    await expect(run({ ...sound, ...change })).rejects.toThrow(why);
  });
});
