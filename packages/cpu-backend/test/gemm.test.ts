// gemm against f64 loops: shapes around tile borders, layouts, storage types, bias, accumulation,
// batches; on every instruction set of this machine, and the same bits for any number of threads.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DType } from '@automodel/core';
import { NativePool } from '../src/native-pool.js';
import {
  callKernel,
  randomValues,
  rounded,
  type KernelCall,
  type Operand,
} from './support/call-kernel.js';
import { describeInstructionSets } from './support/describe-instruction-sets.js';

interface Case {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Which dimension of A [M,K] and of B [K,N] is contiguous; 's' neither. */
  readonly a: 'm' | 'k' | 's';
  readonly b: 'k' | 'n' | 's';
  readonly dtypes: readonly [DType, DType, DType];
  readonly bf16?: boolean;
  readonly bias?: boolean;
  readonly beta?: number;
  readonly alias?: boolean;
  readonly alpha?: number;
  readonly transposed?: boolean;
  readonly shift?: number;
}

const matrix = (
  rows: number,
  columns: number,
  layout: string,
  dtype: DType,
  seed: number,
  shift = 0,
): Operand => {
  const strides =
    layout === 'row' ? [columns + 3, 1] : layout === 'column' ? [1, rows + 5] : [2 * columns, 2];
  const count = (rows - 1) * strides[0]! + (columns - 1) * strides[1]! + 1;
  return { dtype, shape: [rows, columns], strides, values: randomValues(count, seed), shift };
};

const elementOf = (operand: Operand, i: number, j: number): number =>
  rounded(
    Number(operand.values![i * operand.strides![0]! + j * operand.strides![1]!]),
    operand.dtype,
  );

function build(c: Case): { call: KernelCall; expected: number[]; scale: number[] } {
  const a = matrix(
    c.m,
    c.k,
    c.a === 'k' ? 'row' : c.a === 'm' ? 'column' : 's',
    c.dtypes[0],
    1,
    c.shift,
  );
  const b = matrix(
    c.k,
    c.n,
    c.b === 'n' ? 'row' : c.b === 'k' ? 'column' : 's',
    c.dtypes[1],
    2,
    c.shift,
  );
  const bias: Operand | null =
    c.bias === true ? { dtype: 'f32', shape: [c.n], values: randomValues(c.n, 3) } : null;
  const strides = c.transposed === true ? [1, c.m + 2] : [c.n + 1, 1];
  const previous = {
    dtype: c.dtypes[2],
    shape: [c.m, c.n],
    strides,
    values: randomValues((c.m - 1) * strides[0]! + (c.n - 1) * strides[1]! + 1, 4),
  };
  const accumulate =
    c.beta === undefined
      ? null
      : c.beta === 0
        ? { dtype: previous.dtype, shape: previous.shape, strides }
        : previous;
  const call: KernelCall = {
    kernel: 'gemm',
    inputs: [
      a,
      b,
      bias,
      accumulate,
      c.beta === undefined ? null : { dtype: 'f32', shape: [], values: [c.beta] },
    ],
    outputs: [
      {
        dtype: c.dtypes[2],
        shape: [c.m, c.n],
        strides,
        ...(c.alias === true ? { alias: 'in3' } : {}),
      },
    ],
    ints: [c.bf16 === true ? 1 : 0],
    floats: [c.alpha ?? 1],
  };
  const dense = (operand: Operand, across: boolean): Float64Array => {
    const [rows, columns] = operand.shape as [number, number];
    const value = (i: number, j: number): number =>
      c.bf16 === true ? rounded(elementOf(operand, i, j), 'bf16') : elementOf(operand, i, j);
    return Float64Array.from({ length: rows * columns }, (_, at) =>
      across
        ? value(at % rows, Math.floor(at / rows))
        : value(Math.floor(at / columns), at % columns),
    );
  };
  const [left, right] = [dense(a, false), dense(b, true)]; // [M,K] and [N,K]
  const [expected, scale] = [[] as number[], [] as number[]];
  for (let i = 0; i < c.m; i++)
    for (let j = 0; j < c.n; j++) {
      let [sum, size] = [0, 0];
      for (let k = 0; k < c.k; k++) {
        const product = left[i * c.k + k]! * right[j * c.k + k]!;
        sum += product;
        size += Math.abs(product);
      }
      sum = sum * (c.alpha ?? 1) + (bias === null ? 0 : rounded(Number(bias.values![j]), 'f32'));
      if (c.beta !== undefined && c.beta !== 0) sum += c.beta * elementOf(previous, i, j);
      expected.push(sum);
      scale.push(size + 1);
    }
  return { call, expected, scale };
}

const F: readonly [DType, DType, DType] = ['f32', 'f32', 'f32'];
const B: readonly [DType, DType, DType] = ['bf16', 'bf16', 'bf16'];
const CASES: Record<string, Case> = {
  'linear forward': { m: 37, n: 70, k: 65, a: 'k', b: 'k', dtypes: F },
  'gradient of the input': { m: 45, n: 33, k: 64, a: 'k', b: 'n', dtypes: F },
  'gradient of the weight': { m: 64, n: 48, k: 100, a: 'm', b: 'n', dtypes: F },
  'one element': { m: 1, n: 1, k: 1, a: 'k', b: 'n', dtypes: F },
  tall: { m: 300, n: 5, k: 17, a: 'k', b: 'k', dtypes: F },
  wide: { m: 5, n: 300, k: 17, a: 'k', b: 'k', dtypes: F },
  'several blocks of the depth': { m: 20, n: 40, k: 2100, a: 'k', b: 'k', dtypes: F },
  'several blocks, accumulated in place': {
    m: 20,
    n: 40,
    k: 1100,
    a: 'm',
    b: 'n',
    dtypes: F,
    beta: 1,
    alias: true,
  },
  'several blocks, scaled accumulation': {
    m: 20,
    n: 40,
    k: 1100,
    a: 'm',
    b: 'n',
    dtypes: F,
    beta: 0.5,
    alpha: 2,
    bias: true,
  },
  'several blocks into bf16': { m: 300, n: 70, k: 1100, a: 'k', b: 'k', dtypes: B, bf16: true },
  'several blocks into bf16, wide': {
    m: 260,
    n: 290,
    k: 1030,
    a: 'k',
    b: 'n',
    dtypes: B,
    bf16: true,
    bias: true,
  },
  'strided operands': { m: 19, n: 23, k: 29, a: 's', b: 's', dtypes: F },
  'strided operands in bf16': { m: 19, n: 23, k: 29, a: 's', b: 's', dtypes: B, bf16: true },
  'unaligned storage': {
    m: 30,
    n: 40,
    k: 50,
    a: 'k',
    b: 'k',
    dtypes: ['f32', 'bf16', 'f32'],
    shift: 1,
  },
  'bias and beta': { m: 31, n: 40, k: 50, a: 'k', b: 'k', dtypes: F, bias: true, beta: -1.5 },
  'beta 0 reads nothing': { m: 31, n: 40, k: 50, a: 'k', b: 'k', dtypes: F, beta: 0 },
  'frozen bf16 weight under f32': {
    m: 40,
    n: 50,
    k: 60,
    a: 'k',
    b: 'k',
    dtypes: ['f32', 'bf16', 'f32'],
  },
  'f16 storage': { m: 40, n: 50, k: 61, a: 'k', b: 'n', dtypes: ['f16', 'f16', 'f16'] },
  'f32 storage computed in bf16': { m: 40, n: 50, k: 61, a: 'k', b: 'k', dtypes: F, bf16: true },
  'bf16 gradient of the weight': {
    m: 40,
    n: 50,
    k: 61,
    a: 'm',
    b: 'n',
    dtypes: ['bf16', 'bf16', 'f32'],
    bf16: true,
    beta: 1,
    alias: true,
  },
  'mixed storage in bf16': {
    m: 40,
    n: 50,
    k: 61,
    a: 'm',
    b: 'k',
    dtypes: ['f16', 'f32', 'bf16'],
    bf16: true,
  },
  'transposed output': {
    m: 40,
    n: 50,
    k: 61,
    a: 'k',
    b: 'k',
    dtypes: F,
    transposed: true,
    bias: true,
    beta: 2,
  },
  'decoding, 1 row': { m: 1, n: 200, k: 133, a: 'k', b: 'k', dtypes: F },
  'decoding, 3 rows of bf16': {
    m: 3,
    n: 130,
    k: 96,
    a: 'k',
    b: 'k',
    dtypes: B,
    bf16: true,
    bias: true,
  },
  'decoding, rounded f32': { m: 2, n: 130, k: 96, a: 'k', b: 'n', dtypes: F, bf16: true },
  'decoding, columns contiguous': {
    m: 4,
    n: 203,
    k: 57,
    a: 'k',
    b: 'n',
    dtypes: ['f32', 'f16', 'f32'],
    beta: 1,
  },
  'a column': { m: 90, n: 1, k: 57, a: 'k', b: 'n', dtypes: F, bias: true },
  'no depth': { m: 9, n: 20, k: 0, a: 'k', b: 'n', dtypes: F, bias: true },
};

const TOLERANCE: Partial<Record<DType, number>> = { f32: 2e-7, bf16: 4.1e-3, f16: 5.2e-4 };

describeInstructionSets('gemm on %s', (set) => {
  let one: NativePool;
  let three: NativePool;
  beforeAll(() => {
    one = new NativePool(1, set);
    three = new NativePool(3, set);
  });
  afterAll(() => {
    one.close();
    three.close();
  });

  it.each(Object.keys(CASES))('%s', async (name) => {
    const c = CASES[name]!;
    const { call, expected, scale } = build(c);
    const [first, second] = [
      (await callKernel(one, call))[0]!,
      (await callKernel(three, call))[0]!,
    ];
    expect(second).toEqual(first);
    const unit = TOLERANCE[c.dtypes[2]]!;
    first.forEach((value, i) => {
      const bound = 4e-7 * scale[i]! + unit * Math.abs(expected[i]!);
      if (!(Math.abs(value - expected[i]!) <= bound))
        expect.fail(`element ${i}: ${value} instead of ${expected[i]} (bound ${bound})`);
    });
  });

  it('broadcasts leading dimensions', async () => {
    const [x, w] = [randomValues(2 * 3 * 4 * 5, 5), randomValues(3 * 5 * 6, 6)];
    const call: KernelCall = {
      kernel: 'gemm',
      inputs: [
        { dtype: 'f32', shape: [2, 3, 4, 5], values: x },
        { dtype: 'f32', shape: [3, 5, 6], values: w },
      ],
      outputs: [{ dtype: 'f32', shape: [2, 3, 4, 6] }],
    };
    const got = (await callKernel(three, call))[0]!;
    for (let at = 0; at < got.length; at++) {
      const [j, i, h, b] = [
        at % 6,
        Math.floor(at / 6) % 4,
        Math.floor(at / 24) % 3,
        Math.floor(at / 72),
      ];
      let sum = 0;
      for (let k = 0; k < 5; k++)
        sum +=
          Math.fround(x[((b * 3 + h) * 4 + i) * 5 + k]!) * Math.fround(w[(h * 5 + k) * 6 + j]!);
      expect(got[at]).toBeCloseTo(sum, 5);
    }
  });
});
