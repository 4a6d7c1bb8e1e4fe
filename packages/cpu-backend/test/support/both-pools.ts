// Runs one kernel call with one and with two threads and demands the same numbers: what every
// kernel test does.
import { afterAll, expect } from 'vitest';
import type { DType } from '@automodel/core';
import { NativePool } from '../../src/native-pool.js';
import { callKernel, randomValues, rounded, type KernelCall, type Operand } from './call-kernel.js';

/** A runner on two pools of the instruction set, closed after the suite. */
export function bothPools(set: string): (call: KernelCall) => Promise<(number[] | null)[]> {
  const pools: NativePool[] = [];
  afterAll(() => pools.forEach((pool) => pool.close()));
  return async (call) => {
    if (pools.length === 0) pools.push(new NativePool(1, set), new NativePool(2, set));
    const [one, two] = [await callKernel(pools[0]!, call), await callKernel(pools[1]!, call)];
    one.forEach((list, k) =>
      expect(
        firstDifference(list ?? [], two[k] ?? []),
        `result ${k} with one and with two threads`,
      ).toBe(-1),
    );
    return one;
  };
}

/**
 * Index of the first element that is not the same number (NaN is itself); -1: none. Faster than
 * toEqual on long lists.
 */
export function firstDifference(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) if (!Object.is(a[i], b[i])) return i;
  return -1;
}

/** A dense operand of random numbers in [-scale, scale) as its dtype holds them. */
export function random(
  dtype: DType,
  shape: readonly number[],
  seed: number,
  scale = 1,
): Operand & { readonly values: number[] } {
  const whole = dtype === 'i64' || dtype === 'i32';
  const values = randomValues(
    shape.reduce((a, b) => a * b, 1),
    seed,
  ).map((v) => {
    if (dtype === 'bool') return Number(v > 0);
    return whole ? Math.round(v * scale) + 0 : rounded(v * scale, dtype);
  });
  return { dtype, shape, values };
}

/** A view of a dense operand's memory, which ends where the view does. */
export function view(
  x: Operand & { readonly values: readonly number[] },
  shape: readonly number[],
  strides: readonly number[],
  start = 0,
): Operand {
  const end = start + shape.reduce((sum, n, d) => sum + (n - 1) * strides[d]!, 1);
  return { dtype: x.dtype, shape, strides, start, values: x.values.slice(0, end) };
}

/** A 0-dimensional operand. */
export const scalar = (value: number, dtype: DType = 'f32'): Operand => ({
  dtype,
  shape: [],
  values: [rounded(value, dtype)],
});

/**
 * Largest difference relative to the largest entry of what was expected, which counts as `least` at
 * least; infinity where a difference is NaN.
 */
export function relativeError(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  least = 1e-30,
): number {
  expect(actual.length).toBe(expected.length);
  let [worst, largest] = [0, least];
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    worst = Math.max(worst, Number.isNaN(difference) ? Infinity : difference);
    largest = Math.max(largest, Math.abs(expected[i]!));
  }
  return worst / largest;
}

/**
 * Units in which results of a storage type may be off, relative to the largest: sums are f32, then
 * rounded once.
 */
export const STORAGE_ERROR: Readonly<Partial<Record<DType, number>>> = {
  f32: 2e-6,
  bf16: 4.1e-3,
  f16: 5.2e-4,
  f64: 1e-13,
};
