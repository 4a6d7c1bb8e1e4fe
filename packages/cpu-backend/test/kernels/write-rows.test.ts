// write_rows: rows land at their positions in a cache, in place and in a copy, for every element
// size; rows without a place are skipped.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DType } from '@automodel/core';
import { NativePool } from '../../src/native-pool.js';
import { callKernel, randomValues, rounded, type KernelCall } from '../support/call-kernel.js';
import { describeInstructionSets } from '../support/describe-instruction-sets.js';

const CAPACITY = 37;
const WIDTH = 700; // several pieces of a row

function build(
  dtype: DType,
  positions: readonly number[],
  alias: boolean,
): { call: KernelCall; expected: number[] } {
  const [cache, rows] = [
    randomValues(CAPACITY * WIDTH, 1),
    randomValues(positions.length * (WIDTH + 5), 2),
  ].map((list) =>
    list.map((a) => (dtype.startsWith('i') ? Math.round(100 * a) + 0 : rounded(a, dtype))),
  ) as [number[], number[]];
  const expected = [...cache];
  positions.forEach((at, t) => {
    for (let i = 0; i < WIDTH; i++)
      if (at >= 0 && at < CAPACITY) expected[at * WIDTH + i] = rows[t * (WIDTH + 5) + i]!;
  });
  const shape = [CAPACITY, 7, 100];
  const inputs = [
    { dtype, shape, values: cache },
    { dtype, shape: [positions.length, 7, 100], strides: [WIDTH + 5, 100, 1], values: rows },
    { dtype: 'i32' as const, shape: [positions.length], values: positions },
  ];
  return {
    call: {
      kernel: 'write_rows',
      inputs,
      outputs: [{ dtype, shape, ...(alias ? { alias: 'in0' } : {}) }],
    },
    expected,
  };
}

describeInstructionSets('write_rows on %s', (set) => {
  let pool: NativePool;
  beforeAll(() => {
    pool = new NativePool(3, set);
  });
  afterAll(() => pool.close());

  const list: readonly DType[] = ['f32', 'bf16', 'i64'];
  it.each(list)('writes %s in place and into a copy', async (dtype) => {
    for (const alias of [true, false]) {
      const { call, expected } = build(dtype, [5, 0, 36, 17], alias);
      expect(await callKernel(pool, call)).toEqual([expected]);
    }
  });

  it('skips rows without a place and keeps the later of two', async () => {
    const { call, expected } = build('f32', [3, -1, 37, 9, 3, -2147483648, 1 << 30], true);
    expect(await callKernel(pool, call)).toEqual([expected]);
  });

  it('leaves the cache alone without rows', async () => {
    const { call, expected } = build('f32', [], false);
    expect(await callKernel(pool, call)).toEqual([expected]);
  });
});
