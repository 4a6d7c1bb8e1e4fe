// Elementwise kernels beyond the conformance samples: more elements than a chunk, broadcast and
// permuted operands, unaligned memory, every storage type, edge values, results in an operand's
// place.
import { expect, it } from 'vitest';
import type { DType } from '@automodel/core';
import { bothPools, firstDifference, random, scalar, view } from '../support/both-pools.js';
import { rounded, type Operand } from '../support/call-kernel.js';
import { describeInstructionSets } from '../support/describe-instruction-sets.js';

const FLOATS = ['f32', 'bf16', 'f16', 'f64'] as const;

describeInstructionSets('elementwise on %s', (set) => {
  const run = bothPools(set);

  it.each(FLOATS)('adds %s over chunks, broadcasts and unaligned memory', async (dtype) => {
    const [a, b] = [random(dtype, [40, 1000], 1), random(dtype, [1000], 2)];
    const expected = a.values.map((v, i) => rounded(v + b.values[i % 1000]!, dtype));
    for (const shift of [0, 1, 6]) {
      const [y] = await run({
        kernel: 'add',
        inputs: [
          { ...a, shift },
          { ...b, shift },
        ],
        outputs: [{ dtype, shape: [40, 1000], shift: shift + 1 }],
      });
      expect(firstDifference(y!, expected)).toBe(-1);
    }
    const [column] = await run({
      kernel: 'mul',
      inputs: [a, view(b, [40, 1], [1, 1])],
      outputs: [{ dtype, shape: [40, 1000], alias: 'in0' }],
    });
    expect(
      firstDifference(
        column!,
        a.values.map((v, i) => rounded(v * b.values[Math.floor(i / 1000)]!, dtype)),
      ),
    ).toBe(-1);
  });

  it.each([...FLOATS, 'i64', 'i32'] as const)('reads and writes permuted %s', async (dtype) => {
    const a = random(dtype, [6, 5, 40], 1, 50);
    const [y] = await run({
      kernel: 'neg',
      inputs: [view(a, [40, 6, 5], [1, 200, 40])],
      outputs: [{ dtype, shape: [40, 6, 5], strides: [30, 1, 6] }],
    });
    expect(
      firstDifference(
        y!,
        Array.from(
          { length: 1200 },
          (_, i) =>
            -a.values[(Math.floor(i / 5) % 6) * 200 + (i % 5) * 40 + Math.floor(i / 30)]! + 0,
        ).map((v, i) => (Object.is(y![i], -0) && v === 0 ? -0 : v)),
      ),
    ).toBe(-1);
  });

  it('keeps NaN, infinities and ties', async () => {
    const x: Operand = {
      dtype: 'f32',
      shape: [8],
      values: [NaN, Infinity, -Infinity, 2.5, 3.5, -2.5, -0.5, 0],
    };
    const of = async (kernel: string): Promise<number[]> =>
      (
        await run({
          kernel,
          inputs: [x],
          outputs: [{ dtype: kernel.startsWith('is') ? 'bool' : 'f32', shape: [8] }],
        })
      )[0]!;
    expect(await of('round')).toEqual([NaN, Infinity, -Infinity, 2, 4, -2, -0, 0]);
    expect(await of('relu')).toEqual([NaN, Infinity, 0, 2.5, 3.5, 0, 0, 0]);
    expect(await of('sign')).toEqual([0, 1, -1, 1, 1, -1, -1, 0]);
    expect(await of('isfinite')).toEqual([0, 0, 0, 1, 1, 1, 1, 1]);
    const flipped: Operand = { ...x, values: [0, NaN, 1, 1, 5, -3, NaN, -1] };
    const [most] = await run({
      kernel: 'maximum',
      inputs: [x, flipped],
      outputs: [{ dtype: 'f32', shape: [8] }],
    });
    expect(most).toEqual([NaN, NaN, 1, 2.5, 5, -2.5, NaN, 0]);
  });

  it('log1p and softplus keep the digits of small results and do not overflow', async () => {
    const values = [
      -0,
      1e-8,
      -1e-8,
      3e-5,
      -0.9,
      1.7,
      1e10,
      -1,
      3e38,
      Infinity,
      NaN,
      -60,
      -20,
      -1e-3,
      5,
      19.99,
      21,
      -Infinity,
    ];
    const x: Operand = { dtype: 'f32', shape: [values.length], values };
    const far = (y: readonly number[], f: (v: number) => number): number =>
      Math.max(
        ...y.map((v, i) => {
          const expected = Math.fround(f(Math.fround(values[i]!)));
          return Object.is(v, expected) || v === expected
            ? 0
            : Math.abs(v - expected) / Math.abs(expected);
        }),
      );
    const of = async (kernel: string, floats: number[] = []): Promise<number[]> =>
      (await run({ kernel, inputs: [x], outputs: [{ dtype: 'f32', shape: x.shape }], floats }))[0]!;
    expect(far(await of('log1p'), Math.log1p)).toBeLessThan(5e-7);
    expect(
      far(await of('softplus', [1, 20]), (v) => (v > 20 ? v : Math.log1p(Math.exp(v)))),
    ).toBeLessThan(5e-7);
    expect(
      far(await of('softplus', [-2, 5]), (v) =>
        -2 * v > 5 ? v : Math.log1p(Math.exp(-2 * v)) / -2,
      ),
    ).toBeLessThan(5e-7);
  });

  it('computes with whole numbers as PyTorch does', async () => {
    const a: Operand = {
      dtype: 'i32',
      shape: [6],
      values: [7, -7, 7, -7, 2147483647, -2147483648],
    };
    const b: Operand = { dtype: 'i32', shape: [6], values: [3, 3, -3, -3, 1, -1] };
    const of = async (kernel: string): Promise<number[]> =>
      (await run({ kernel, inputs: [a, b], outputs: [{ dtype: 'i32', shape: [6] }] }))[0]!;
    expect(await of('floordiv')).toEqual([2, -3, -3, 2, 2147483647, -2147483648]);
    expect(await of('remainder')).toEqual([1, 2, -2, -1, 0, 0]);
    expect(await of('add')).toEqual([10, -4, 4, -10, -2147483648, 2147483647]);
    const zero = await run({
      kernel: 'floordiv',
      inputs: [a, scalar(0, 'i32')],
      outputs: [{ dtype: 'i32', shape: [6] }],
    });
    expect(zero).toEqual([[0, 0, 0, 0, 0, 0]]);
  });

  const TYPES: readonly DType[] = ['f32', 'bf16', 'f16', 'f64', 'i64', 'i32', 'bool'];
  it.each(TYPES)('casts %s to every dtype', async (from) => {
    const x = random(from, [9, 600], 1, 20);
    for (const to of TYPES) {
      const integer = to === 'i64' || to === 'i32';
      const expected = x.values.map((v) => {
        if (to === 'bool') return Number(v !== 0);
        return integer ? Math.trunc(v) + 0 : rounded(v, to);
      });
      const [dense] = await run({
        kernel: 'cast',
        inputs: [x],
        outputs: [{ dtype: to, shape: [9, 600] }],
      });
      expect(firstDifference(dense!, expected)).toBe(-1);
      const [transposed] = await run({
        kernel: 'cast',
        inputs: [view(x, [600, 9], [1, 600])],
        outputs: [{ dtype: to, shape: [600, 9] }],
      });
      expect(
        firstDifference(
          transposed!,
          Array.from({ length: 5400 }, (_, i) => expected[(i % 9) * 600 + Math.floor(i / 9)]!),
        ),
      ).toBe(-1);
    }
  });

  it.each(TYPES)('copies %s between views', async (dtype) => {
    const x = random(dtype, [3, 140, 150], 1, 100);
    const at = (a: number, b: number, c: number): number => x.values[(a * 140 + b) * 150 + c]!;
    const [swapped] = await run({
      kernel: 'copy',
      inputs: [view(x, [3, 150, 140], [21000, 1, 150])],
      outputs: [{ dtype, shape: [3, 150, 140] }],
    });
    expect(
      firstDifference(
        swapped!,
        Array.from({ length: 63000 }, (_, i) =>
          at(Math.floor(i / 21000), i % 140, Math.floor(i / 140) % 150),
        ),
      ),
    ).toBe(-1);
    const [part] = await run({
      kernel: 'copy',
      inputs: [view(x, [70, 3, 7], [300, 21000, 20], 4)],
      outputs: [{ dtype, shape: [70, 3, 7], strides: [25, 1800, 3], start: 2 }],
    });
    expect(
      firstDifference(
        part!,
        Array.from({ length: 1470 }, (_, i) =>
          at(Math.floor(i / 7) % 3, 2 * Math.floor(i / 21), 4 + 20 * (i % 7)),
        ),
      ),
    ).toBe(-1);
    const [spread] = await run({
      kernel: 'copy',
      inputs: [view(x, [150], [1])],
      outputs: [{ dtype, shape: [40, 150] }],
    });
    expect(
      firstDifference(
        spread!,
        Array.from({ length: 6000 }, (_, i) => x.values[i % 150]!),
      ),
    ).toBe(-1);
  });
});
