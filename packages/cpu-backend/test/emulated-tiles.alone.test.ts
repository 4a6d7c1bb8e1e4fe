// Products on tiles, on machines without them: the tests of products run with the instruction set
// amx in which tiles are plain C++, and its numbers are those that Intel documents for TDPBF16PS.
import process from 'node:process';
import { afterAll, describe, expect, it } from 'vitest';
import { NativePool } from '../src/native-pool.js';
import { callKernel, randomValues, rounded, type KernelCall } from './support/call-kernel.js';
import { EMULATED_SET, expectedSets } from './support/describe-instruction-sets.js';
import { emulatedLibrary } from './support/emulated-library.js';

const library = emulatedLibrary();
if (library !== undefined) process.env['AUTOMODEL_CPU_LIBRARY'] = library;
const isPresent = library !== undefined && expectedSets().some(({ set }) => set === EMULATED_SET);

if (isPresent) {
  // each of them takes the sets of the library that is loaded
  await import('./gemm.test.js');
  await import('./conformance.test.js');
  await import('./conformance-threads.test.js');
  await import('./linear-cross-entropy.test.js');
  await import('./kernels/attention.test.js');
  await import('./kernels/linear.test.js');
  await import('./kernels/quantization.test.js');
} else {
  it.skip('emulated tiles: not run, there is no C++ compiler or no AVX2');
}

/** out[M, N] = a[M, K] . b[N, K]^T of operands rounded to bf16, f32 results. */
const productOf = (
  a: readonly number[],
  b: readonly number[],
  [m, n, k]: readonly [number, number, number],
): KernelCall => ({
  kernel: 'gemm',
  inputs: [
    { dtype: 'bf16', shape: [m, k], values: a },
    { dtype: 'bf16', shape: [k, n], strides: [1, k], values: b },
  ],
  outputs: [{ dtype: 'f32', shape: [m, n] }],
  ints: [1],
});

/** What counts as zero for a tile. */
const flushed = (x: number): number => (Math.abs(x) < 2 ** -126 ? 0 : Math.fround(x));

/**
 * One element as TDPBF16PS sums it: in a step of 32 elements those of even and of odd number, each
 * one after the other from zero; the two together; the step to those before.
 */
function documented(a: readonly number[], b: readonly number[]): number {
  let total = 0;
  for (let step = 0; step < a.length; step += 32) {
    const sums = [0, 0];
    for (let i = step; i < Math.min(a.length, step + 32); i++)
      // exact in f64: bf16 has 8 bits, the sum 24
      sums[i % 2] = flushed(
        flushed(rounded(a[i]!, 'bf16')) * flushed(rounded(b[i]!, 'bf16')) + sums[i % 2]!,
      );
    total = flushed(total + flushed(sums[0]! + sums[1]!));
  }
  return total;
}

describe.runIf(isPresent)('sums of tiles', () => {
  const pool = isPresent ? new NativePool(2, EMULATED_SET) : undefined;
  afterAll(() => pool?.close());
  const multiply = async (
    a: readonly number[],
    b: readonly number[],
    sizes: readonly [number, number, number],
  ): Promise<readonly number[]> => (await callKernel(pool!, productOf(a, b, sizes)))[0]!;

  it('are taken in the documented order, bit for bit', async () => {
    const [m, n, k] = [37, 50, 150];
    const [a, b] = [randomValues(m * k, 1), randomValues(n * k, 2)];
    const got = await multiply(a, b, [m, n, k]);
    got.forEach((value, at) => {
      const [i, j] = [Math.floor(at / n), at % n];
      expect(value).toBe(documented(a.slice(i * k, i * k + k), b.slice(j * k, j * k + k)));
    });
  });

  /** Five equal rows and columns: with fewer it would be no product of tiles. */
  const rowTimesRow = async (a: readonly number[], b: readonly number[]): Promise<number> => {
    const five = (x: readonly number[]): number[] => [x, x, x, x, x].flat();
    return (await multiply(five(a), five(b), [5, 5, a.length]))[24]!;
  };

  it('take what is below 2^-126 for zero', async () => {
    const [least, below] = [2 ** -126, 2 ** -127];
    expect(await rowTimesRow([least, 0], [1, 0])).toBe(least);
    expect(await rowTimesRow([below, 0], [2, 0])).toBe(0);
    expect(await rowTimesRow([least, 0], [0.5, 0])).toBe(0);
    expect(await rowTimesRow([least, least], [1.5, -1])).toBe(0); // the sum is
    expect(await rowTimesRow([1, below], [1, 1])).toBe(1);
  });

  it('pass infinities and NaN on, and let them stay in their rows and columns', async () => {
    expect(await rowTimesRow([Infinity, 1], [1, 1])).toBe(Infinity);
    expect(await rowTimesRow([Infinity, Infinity], [1, -1])).toBeNaN();
    expect(await rowTimesRow([Infinity, 1], [0, 1])).toBeNaN();
    const [m, n, k] = [18, 19, 33];
    const [a, b] = [new Array<number>(m * k).fill(1), new Array<number>(n * k).fill(1)];
    a[17 * k + 32] = NaN;
    b[18 * k + 32] = -Infinity;
    const got = await multiply(a, b, [m, n, k]);
    got.forEach((value, at) => {
      const [row, column] = [Math.floor(at / n), at % n];
      if (row === 17) expect(value).toBeNaN();
      else expect(value).toBe(column === 18 ? -Infinity : k);
    });
  });
});
