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
import { GEMM_CASES, type GemmCase } from './gemm-cases.js';

const matrix = (
  rows: number,
  columns: number,
  layout: 'row' | 'column' | 'neither',
  dtype: DType,
  seed: number,
  shift = 0,
): Operand => {
  const strides = {
    row: [columns + 3, 1],
    column: [1, rows + 5],
    neither: [2 * columns, 2],
  }[layout];
  const count = (rows - 1) * strides[0]! + (columns - 1) * strides[1]! + 1;
  return { dtype, shape: [rows, columns], strides, values: randomValues(count, seed), shift };
};

const elementOf = (operand: Operand, i: number, j: number): number =>
  rounded(
    Number(operand.values![i * operand.strides![0]! + j * operand.strides![1]!]),
    operand.dtype,
  );

function build(c: GemmCase): { call: KernelCall; expected: number[]; scale: number[] } {
  const layoutOfA = { k: 'row', m: 'column', s: 'neither' } as const;
  const layoutOfB = { n: 'row', k: 'column', s: 'neither' } as const;
  const a = matrix(c.m, c.k, layoutOfA[c.a], c.dtypes[0], 1, c.shift);
  const b = matrix(c.k, c.n, layoutOfB[c.b], c.dtypes[1], 2, c.shift);
  const bias: Operand | null =
    c.bias === true ? { dtype: 'f32', shape: [c.n], values: randomValues(c.n, 3) } : null;
  const strides = c.transposed === true ? [1, c.m + 2] : [c.n + 1, 1];
  const previous = {
    dtype: c.dtypes[2],
    shape: [c.m, c.n],
    strides,
    values: randomValues((c.m - 1) * strides[0]! + (c.n - 1) * strides[1]! + 1, 4),
  };
  const unread = { dtype: previous.dtype, shape: previous.shape, strides };
  const accumulator = c.beta === 0 ? unread : previous;
  const call: KernelCall = {
    kernel: 'gemm',
    inputs: [
      a,
      b,
      bias,
      c.beta === undefined ? null : accumulator,
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

  it.each(Object.keys(GEMM_CASES))('%s', async (name) => {
    const c = GEMM_CASES[name]!;
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
