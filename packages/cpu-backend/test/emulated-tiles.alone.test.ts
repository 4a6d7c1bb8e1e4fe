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

/** out[M, N] = a[M, K] . b[N, K]^T in f32; of bf16 operands, or of f32. */
const productOf = (
  dtype: 'bf16' | 'f32',
  a: readonly number[],
  b: readonly number[],
  [m, n, k]: readonly [number, number, number],
): KernelCall => ({
  kernel: 'gemm',
  inputs: [
    { dtype, shape: [m, k], values: a },
    { dtype, shape: [k, n], strides: [1, k], values: b },
  ],
  outputs: [{ dtype: 'f32', shape: [m, n] }],
  ints: [dtype === 'bf16' ? 1 : 0],
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

const pool = isPresent ? new NativePool(2, EMULATED_SET) : undefined;
afterAll(() => pool?.close());
type Sizes = readonly [m: number, n: number, k: number];
const multiply = async (
  dtype: 'bf16' | 'f32',
  a: readonly number[],
  b: readonly number[],
  sizes: Sizes,
): Promise<readonly number[]> => (await callKernel(pool!, productOf(dtype, a, b, sizes)))[0]!;

/** Five equal rows and columns: with fewer it would be no product of tiles. */
async function rowTimesRow(
  dtype: 'bf16' | 'f32',
  a: readonly number[],
  b: readonly number[],
): Promise<number> {
  const five = (x: readonly number[]): number[] => [x, x, x, x, x].flat();
  return (await multiply(dtype, five(a), five(b), [5, 5, a.length]))[24]!;
}

/** Ones with a NaN in the last row and an infinity in the last column: both stay there. */
async function expectToStay(dtype: 'bf16' | 'f32'): Promise<void> {
  const [m, n, k] = [18, 19, 33];
  const [a, b] = [new Array<number>(m * k).fill(1), new Array<number>(n * k).fill(1)];
  a[17 * k + 32] = NaN;
  b[18 * k + 32] = -Infinity;
  (await multiply(dtype, a, b, [m, n, k])).forEach((value, at) => {
    const [row, column] = [Math.floor(at / n), at % n];
    if (row === 17) expect(value).toBeNaN();
    else expect(value).toBe(column === 18 ? -Infinity : k);
  });
}

describe.runIf(isPresent)('sums of tiles', () => {
  it('are taken in the documented order, bit for bit', async () => {
    const [m, n, k] = [37, 50, 150];
    const [a, b] = [randomValues(m * k, 1), randomValues(n * k, 2)];
    (await multiply('bf16', a, b, [m, n, k])).forEach((value, at) => {
      const [i, j] = [Math.floor(at / n), at % n];
      expect(value).toBe(documented(a.slice(i * k, i * k + k), b.slice(j * k, j * k + k)));
    });
  });

  it('take what is below 2^-126 for zero', async () => {
    const [least, below] = [2 ** -126, 2 ** -127];
    expect(await rowTimesRow('bf16', [least, 0], [1, 0])).toBe(least);
    expect(await rowTimesRow('bf16', [below, 0], [2, 0])).toBe(0);
    expect(await rowTimesRow('bf16', [least, 0], [0.5, 0])).toBe(0);
    expect(await rowTimesRow('bf16', [least, least], [1.5, -1])).toBe(0); // the sum is
    expect(await rowTimesRow('bf16', [1, below], [1, 1])).toBe(1);
  });

  it('pass infinities and NaN on, and let them stay in their rows and columns', async () => {
    expect(await rowTimesRow('bf16', [Infinity, 1], [1, 1])).toBe(Infinity);
    expect(await rowTimesRow('bf16', [Infinity, Infinity], [1, -1])).toBeNaN();
    expect(await rowTimesRow('bf16', [Infinity, 1], [0, 1])).toBeNaN();
    await expectToStay('bf16');
  });
});

/** Normally distributed f32 (Box and Muller). */
function normal(count: number, seed: number): number[] {
  const uniform = randomValues(2 * count, seed).map((x) => (x + 1) / 2);
  return Array.from({ length: count }, (_, i) =>
    Math.fround(
      Math.sqrt(-2 * Math.log(1 - uniform[2 * i]!)) * Math.cos(2 * Math.PI * uniform[2 * i + 1]!),
    ),
  );
}

interface Errors {
  /** Root mean square, here and by fused multiply-adds in order. */
  readonly tiles: number;
  readonly fused: number;
  /** The worst one here, in units of 2^-24 of the sum of the products' magnitudes. */
  readonly units: number;
}

async function errorsOf(
  a: readonly number[],
  b: readonly number[],
  [m, n, k]: Sizes,
): Promise<Errors> {
  const got = await multiply('f32', a, b, [m, n, k]);
  let [tiles, fused, units] = [0, 0, 0];
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let [exact, chain, magnitudes] = [0, 0, 0];
      for (let d = 0; d < k; d++) {
        const product = a[i * k + d]! * b[j * k + d]!;
        exact += product;
        magnitudes += Math.abs(product);
        chain = Math.fround(chain + product);
      }
      const error = Math.abs(got[i * n + j]! - exact);
      tiles += error ** 2;
      fused += (chain - exact) ** 2;
      units = Math.max(units, (error / magnitudes) * 2 ** 24);
    }
  return { tiles: Math.sqrt(tiles / (m * n)), fused: Math.sqrt(fused / (m * n)), units };
}

const scaled = (x: readonly number[], factor: (i: number) => number): number[] =>
  x.map((value, i) => Math.fround(value * factor(i)));

/** Log-normal with either sign: a few entries are thousands of times the others. */
const wide = (count: number, seed: number): number[] =>
  normal(count, seed).map((x) => Math.fround(Math.exp(2 * x) * Math.sign(x)));

/** Operands of a depth: ordinary ones, a channel of outliers, the same against small weights. */
function operandsOf([m, n, k]: Sizes): readonly (readonly [
  readonly number[],
  readonly number[],
])[] {
  const channel = (i: number): boolean => i % k === 7 % k;
  const [a, b] = [normal(m * k, 1), scaled(normal(n * k, 2), () => 0.02)];
  const outliers = scaled(a, (i) => (channel(i) ? 1000 : 1));
  return [
    [a, b],
    [outliers, b],
    [outliers, scaled(b, (i) => (channel(i) ? 0.001 : 1))],
    [wide(m * k, 3), wide(n * k, 4)],
  ];
}

describe.runIf(isPresent)('f32 by three terms of bf16', () => {
  it.each([64, 100, 384, 2048])('is more exact than fused multiply-adds, depth %d', async (k) => {
    for (const [a, b] of operandsOf([24, 20, k])) {
      const { tiles, fused, units } = await errorsOf(a, b, [24, 20, k]);
      expect(tiles).toBeLessThan(fused);
      expect(units).toBeLessThan(12);
    }
  });

  it.each([1, 2, 5, 16, 33])('is within a few units of exact, depth %d', async (k) => {
    for (const [a, b] of operandsOf([24, 20, k])) {
      const { units } = await errorsOf(a, b, [24, 20, k]);
      expect(units).toBeLessThan(6);
    }
  });

  it('has every bit of a single product', async () => {
    const [x, y] = [1 + 2 ** -23, 1 - 2 ** -24];
    expect(await rowTimesRow('f32', [x], [1])).toBe(x);
    expect(await rowTimesRow('f32', [y], [2 ** -100])).toBe(y * 2 ** -100);
    expect(await rowTimesRow('f32', [x, x], [y, -y])).toBe(0);
  });

  it('is infinite or NaN where fused multiply-adds are', async () => {
    const most = (2 - 2 ** -23) * 2 ** 127; // rounds up to infinity in bf16
    expect(await rowTimesRow('f32', [most, 1], [1, 0])).toBe(most);
    expect(await rowTimesRow('f32', [most, most], [0.5, 0.5])).toBe(most);
    expect(await rowTimesRow('f32', [most, most], [1, 1])).toBe(Infinity);
    expect(await rowTimesRow('f32', [Infinity, 1], [1, 1])).toBe(Infinity);
    expect(await rowTimesRow('f32', [-Infinity, 1], [1.5, 1])).toBe(-Infinity);
    expect(await rowTimesRow('f32', [Infinity, 1], [0, 1])).toBeNaN();
    expect(await rowTimesRow('f32', [Infinity, Infinity], [1, -1])).toBeNaN();
    await expectToStay('f32');
  });

  it('loses terms below 2^-126', async () => {
    const x = 1 + 2 ** -9 + 2 ** -20; // one bit in each term
    expect(await rowTimesRow('f32', [x * 2 ** -100], [1])).toBe(x * 2 ** -100);
    expect(await rowTimesRow('f32', [x * 2 ** -110], [1])).toBe((1 + 2 ** -9) * 2 ** -110);
    expect(await rowTimesRow('f32', [x * 2 ** -120], [1])).toBe(2 ** -120);
    expect(await rowTimesRow('f32', [x * 2 ** -127], [1])).toBe(0);
  });
});
