// linear_cross_entropy and its gradient against f64 loops: untrained rows, soft cap, accumulation,
// frozen sides, several blocks; on every instruction set, same bits for any number of threads.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DType } from '@automodel/core';
import { NativePool } from '../src/native-pool.js';
import { relativeError } from './support/both-pools.js';
import {
  callKernel,
  randomValues,
  rounded,
  type KernelCall,
  type Operand,
} from './support/call-kernel.js';
import { describeInstructionSets } from './support/describe-instruction-sets.js';

interface Case {
  readonly t: number;
  readonly d: number;
  readonly v: number;
  readonly dtype?: DType;
  readonly softcap?: number;
  readonly bf16?: boolean;
  readonly keep?: number;
  readonly gradient?: number;
  /** One token in this many is not trained; 1: none is trained. */
  readonly skip?: number;
  readonly absent?: readonly number[];
}

const CASES: Record<string, Case> = {
  plain: { t: 21, d: 24, v: 75 },
  'soft cap': { t: 13, d: 20, v: 50, softcap: 2 },
  'untrained rows': { t: 40, d: 17, v: 33, skip: 3 },
  'nothing trained': { t: 5, d: 8, v: 12, skip: 1, keep: 1 },
  'accumulated in place': { t: 16, d: 16, v: 64, keep: 1, skip: 4 },
  'accumulator overwritten': { t: 16, d: 16, v: 64, keep: 0 },
  'several blocks of tokens': { t: 1100, d: 9, v: 40, skip: 5, keep: 0.5 },
  'frozen weight': { t: 12, d: 16, v: 40, absent: [3] },
  'only the weight': { t: 12, d: 16, v: 40, absent: [1, 2] },
  'another adjoint of the loss': { t: 12, d: 16, v: 40, gradient: -2.5 },
  bf16: { t: 30, d: 32, v: 70, dtype: 'bf16', bf16: true },
  'a vocabulary smaller than the width': { t: 30, d: 40, v: 7, skip: 4, keep: 1 },
  'several ranges of the vocabulary': { t: 10, d: 12, v: 1300 },
};

interface Expected {
  readonly loss: number;
  readonly nll: readonly number[];
  readonly dx: readonly number[];
  readonly dweight: readonly number[];
}

function build(c: Case): { call: KernelCall; expected: Expected } {
  const dtype = c.dtype ?? 'f32';
  const targets = Array.from({ length: c.t }, (_, t) =>
    c.skip !== undefined && t % c.skip === 0 ? -100 : (t * 7) % c.v,
  );
  const [x, w] = [
    randomValues(c.t * c.d, 1).map((a) => rounded(2 * a, dtype)),
    randomValues(c.v * c.d, 2).map((a) => rounded(a, dtype)),
  ];
  const accumulator = randomValues(c.v * c.d, 3).map(Math.fround);
  const scale = Math.fround(1 / 7);
  const [nll, dx, dweight] = [
    new Array<number>(c.t).fill(0),
    new Array<number>(c.t * c.d).fill(0),
    accumulator.map((a) => (c.keep === undefined ? 0 : a * c.keep)),
  ];
  targets.forEach((target, t) => {
    if (target < 0) return;
    const cap = c.softcap ?? 0;
    const logits = Array.from({ length: c.v }, (_, v) => {
      let z = 0;
      for (let d = 0; d < c.d; d++) z += x[t * c.d + d]! * w[v * c.d + d]!;
      return cap > 0 ? cap * Math.tanh(z / cap) : z;
    });
    const most = Math.max(...logits);
    const total = logits.reduce((sum, z) => sum + Math.exp(z - most), 0);
    nll[t] = most + Math.log(total) - logits[target]!;
    logits.forEach((z, v) => {
      const g =
        scale *
        (c.gradient ?? 1) *
        (Math.exp(z - most) / total - (v === target ? 1 : 0)) *
        (cap > 0 ? 1 - (z / cap) ** 2 : 1);
      for (let d = 0; d < c.d; d++) {
        dx[t * c.d + d]! += g * w[v * c.d + d]!;
        dweight[v * c.d + d]! += g * x[t * c.d + d]!;
      }
    });
  });
  const keeps = c.keep !== undefined;
  const outputs: Operand[] = [
    { dtype: 'f32', shape: [] },
    { dtype: 'f32', shape: [c.t] },
    { dtype, shape: [c.t, c.d] },
    { dtype: 'f32', shape: [c.v, c.d], ...(keeps ? { alias: 'in4' } : {}) },
  ];
  const call: KernelCall = {
    kernel: 'linear_cross_entropy_with_gradient',
    inputs: [
      { dtype, shape: [c.t, c.d], values: x },
      { dtype, shape: [c.v, c.d], values: w },
      { dtype: 'i32', shape: [c.t], values: targets },
      { dtype: 'f32', shape: [], values: [scale] },
      keeps
        ? { dtype: 'f32', shape: [c.v, c.d], ...(c.keep === 0 ? {} : { values: accumulator }) }
        : null,
      keeps ? { dtype: 'f32', shape: [], values: [c.keep] } : null,
      c.gradient === undefined ? null : { dtype: 'f32', shape: [], values: [c.gradient] },
    ],
    outputs: outputs.map((output, i) => (c.absent?.includes(i) === true ? null : output)),
    ints: [c.bf16 === true ? 1 : 0],
    floats: [c.softcap ?? 0],
  };
  return { call, expected: { loss: scale * nll.reduce((a, b) => a + b, 0), nll, dx, dweight } };
}

/** Holds a result to the largest expected entry; NaN is as wrong as can be. */
function expectClose(
  name: string,
  got: readonly number[] | null | undefined,
  expected: readonly number[],
  tolerance: number,
): void {
  if (got === null || got === undefined) return;
  expect(relativeError(got, expected, 1e-3), name).toBeLessThanOrEqual(tolerance);
}

describeInstructionSets('linear_cross_entropy on %s', (set) => {
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
    const { call, expected } = build(c);
    const [first, second] = [await callKernel(one, call), await callKernel(three, call)];
    expect(second).toEqual(first);
    const tolerance = c.bf16 === true ? 1e-2 : 2e-6;
    expectClose('loss', first[0], [expected.loss], c.bf16 === true ? 1e-3 : 1e-6);
    expectClose('nll', first[1], expected.nll, c.bf16 === true ? 1e-3 : 1e-6);
    expectClose('dx', first[2], expected.dx, tolerance);
    expectClose('dweight', first[3], expected.dweight, tolerance);
    const forward: KernelCall = {
      ...call,
      kernel: 'linear_cross_entropy',
      inputs: call.inputs.slice(0, 4),
      outputs: call.outputs.slice(0, 2),
    };
    expect((await callKernel(three, forward))[0]).toEqual(first[0]);
  });

  it('keeps the digits of the loss of a confident prediction', async () => {
    const [v, top] = [6000, 16];
    const w = randomValues(v, 4).map((a, i) => (i === 17 ? top : Math.fround(a)));
    const rest = w.reduce((sum, z, i) => (i === 17 ? sum : sum + Math.exp(z - top)), 0);
    const inputs: Operand[] = [
      { dtype: 'f32', shape: [1, 1], values: [1] },
      { dtype: 'f32', shape: [v, 1], values: w },
      { dtype: 'i32', shape: [1], values: [17] },
      { dtype: 'f32', shape: [], values: [1] },
    ];
    const outputs: Operand[] = [
      { dtype: 'f32', shape: [] },
      { dtype: 'f32', shape: [1] },
      { dtype: 'f32', shape: [1, 1] },
      { dtype: 'f32', shape: [v, 1] },
    ];
    const [loss, , , dweight] = await callKernel(one, {
      kernel: 'linear_cross_entropy_with_gradient',
      inputs: [...inputs, null, null, null],
      outputs,
      ints: [0],
      floats: [0],
    });
    expect(Math.abs(loss![0]! / Math.log1p(rest) - 1)).toBeLessThan(1e-6);
    expect(Math.abs(dweight![17]! / (-rest / (1 + rest)) - 1)).toBeLessThan(1e-6);
  });

  it('gives NaN for a target beyond the vocabulary', async () => {
    const { call } = build(CASES['plain']!);
    const targets: Operand = { dtype: 'i32', shape: [21], values: new Array<number>(21).fill(75) };
    const [loss] = await callKernel(one, {
      ...call,
      inputs: call.inputs.map((operand, i) => (i === 2 ? targets : operand)),
    });
    expect(loss).toEqual([NaN]);
  });
});
