// Reductions, softmax, indexing and parts of tensors beyond the conformance samples: sizes that are
// cut into parts and chunks, both memory orders, indices that point nowhere.
import { expect, it } from 'vitest';
import type { DType } from '@automodel/core';
import {
  bothPools,
  firstDifference,
  random,
  relativeError,
  STORAGE_ERROR,
} from '../support/both-pools.js';
import type { Operand } from '../support/call-kernel.js';
import { describeInstructionSets } from '../support/describe-instruction-sets.js';

const total = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

describeInstructionSets('general kernels on %s', (set) => {
  const run = bothPools(set);

  it.each([
    [2, 150_000],
    [300, 700],
    [4000, 5],
  ])('sums, means and extremes of %i x %i along either side', async (rows, columns) => {
    for (const dtype of ['f32', 'i32'] as const) {
      const x = random(dtype, [rows, columns], 1, 9);
      const sums = [new Array<number>(columns).fill(0), new Array<number>(rows).fill(0)] as const;
      const most = [
        new Array<number>(columns).fill(-Infinity),
        new Array<number>(rows).fill(-Infinity),
      ] as const;
      x.values.forEach((v, i) => {
        for (const [side, at] of [
          [0, i % columns],
          [1, Math.floor(i / columns)],
        ] as const) {
          sums[side][at]! += v;
          most[side][at] = Math.max(most[side][at]!, v);
        }
      });
      for (const dim of [0, 1]) {
        const shape = [dim === 0 ? columns : rows];
        const [sum] = await run({
          kernel: 'sum',
          inputs: [x],
          outputs: [{ dtype: dtype === 'f32' ? 'f32' : 'i64', shape }],
          ints: [dim],
        });
        if (dtype === 'i32')
          expect(
            firstDifference(
              sum!,
              sums[dim as 0].map((v) => v + 0),
            ),
          ).toBe(-1);
        else expect(relativeError(sum!, sums[dim as 0])).toBeLessThan(2e-7);
        const [top] = await run({
          kernel: 'max',
          inputs: [x],
          outputs: [{ dtype, shape }],
          ints: [dim],
        });
        expect(firstDifference(top!, most[dim as 0])).toBe(-1);
      }
      if (dtype === 'f32')
        expect(
          relativeError(
            (await run({ kernel: 'mean', inputs: [x], outputs: [{ dtype, shape: [] }] }))[0]!,
            [total(sums[1]) / (rows * columns)],
          ),
        ).toBeLessThan(1e-5);
    }
  });

  it.each(['f32', 'bf16', 'f64'] as const)(
    'softmax and its logarithm of %s along either dimension',
    async (dtype) => {
      const x = random(dtype, [40, 1100], 1, 30);
      for (const dim of [0, 1]) {
        const [size, step] = dim === 0 ? [40, 1100] : [1100, 1];
        const line = (i: number): number[] =>
          Array.from(
            { length: size },
            (_, k) => x.values[(dim === 0 ? i % 1100 : i - (i % 1100)) + k * step]!,
          );
        const lines = new Map<number, { top: number; sum: number }>();
        const statistics = (i: number): { top: number; sum: number } => {
          const key = dim === 0 ? i % 1100 : Math.floor(i / 1100);
          if (!lines.has(key)) {
            const top = Math.max(...line(i));
            lines.set(key, { top, sum: total(line(i).map((v) => Math.exp(v - top))) });
          }
          return lines.get(key)!;
        };
        const logarithms = x.values.map(
          (v, i) => v - statistics(i).top - Math.log(statistics(i).sum),
        );
        const [y] = await run({
          kernel: 'softmax',
          inputs: [x],
          outputs: [{ dtype, shape: x.shape, alias: 'in0' }],
          ints: [dim],
        });
        expect(relativeError(y!, logarithms.map(Math.exp))).toBeLessThan(STORAGE_ERROR[dtype]!);
        const [z] = await run({
          kernel: 'log_softmax',
          inputs: [x],
          outputs: [{ dtype, shape: x.shape }],
          ints: [dim],
        });
        expect(relativeError(z!, logarithms)).toBeLessThan(STORAGE_ERROR[dtype]!);
      }
    },
  );

  const LARGE: readonly DType[] = ['f32', 'bf16', 'i64', 'bool'];
  it.each(LARGE)('gathers and scatters %s in many pieces', async (dtype) => {
    const [rows, columns, picks] = [90, 501, 130];
    const x = random(dtype, [rows, columns], 1, 100);
    const positions = Array.from({ length: picks }, (_, k) => (k * 53) % rows);
    const list: Operand = { dtype: 'i64', shape: [picks], values: positions };
    const [taken] = await run({
      kernel: 'index',
      inputs: [x, list],
      outputs: [{ dtype, shape: [picks, columns] }],
      ints: [0],
    });
    expect(
      firstDifference(
        taken!,
        positions.flatMap((r) => x.values.slice(r * columns, (r + 1) * columns)),
      ),
    ).toBe(-1);
    const source = random(dtype, [picks, columns], 2, 100);
    const copied = [...x.values];
    positions.forEach((r, k) =>
      copied.splice(r * columns, columns, ...source.values.slice(k * columns, (k + 1) * columns)),
    );
    const [written] = await run({
      kernel: 'index_copy',
      inputs: [x, list, source],
      outputs: [{ dtype, shape: x.shape }],
      ints: [0],
    });
    expect(firstDifference(written!, copied)).toBe(-1);
    if (dtype !== 'i64') return;
    const added = [...x.values];
    source.values.forEach(
      (v, i) => (added[positions[Math.floor(i / columns)]! * columns + (i % columns)]! += v),
    );
    const [sums] = await run({
      kernel: 'index_add',
      inputs: [x, list, source],
      outputs: [{ dtype, shape: x.shape, alias: 'in0' }],
      ints: [0],
    });
    expect(firstDifference(sums!, added)).toBe(-1);
  });

  it('marks what an index outside the dimension gathers, skips it when scattering', async () => {
    const x = random('f32', [4, 3], 1);
    const list: Operand = { dtype: 'i32', shape: [3], values: [1, 4, -5] };
    const [y] = await run({
      kernel: 'index',
      inputs: [x, list],
      outputs: [{ dtype: 'f32', shape: [3, 3] }],
      ints: [0],
    });
    expect(y).toEqual([...x.values.slice(3, 6), NaN, NaN, NaN, NaN, NaN, NaN]);
    const source = random('f32', [3, 3], 2);
    const [z] = await run({
      kernel: 'index_copy',
      inputs: [x, list, source],
      outputs: [{ dtype: 'f32', shape: [4, 3] }],
      ints: [0],
    });
    expect(z).toEqual([
      ...x.values.slice(0, 3),
      ...source.values.slice(0, 3),
      ...x.values.slice(6),
    ]);
  });

  it('sorts stably with NaN above all numbers', async () => {
    const x: Operand = { dtype: 'f32', shape: [7], values: [1, NaN, -2, 1, NaN, 7, 1] };
    const order = async (direction: number): Promise<number[]> =>
      (
        await run({
          kernel: 'argsort',
          inputs: [x],
          outputs: [{ dtype: 'i64', shape: [7] }],
          ints: [0, direction],
        })
      )[0]!;
    expect(await order(0)).toEqual([2, 0, 3, 6, 5, 1, 4]);
    expect(await order(1)).toEqual([1, 4, 5, 0, 3, 6, 2]);
    const long = random('f32', [3, 5000], 1, 40);
    const [top] = await run({
      kernel: 'topk_idx',
      inputs: [{ ...long, values: long.values.map(Math.round) }],
      outputs: [{ dtype: 'i64', shape: [3, 9] }],
      ints: [1, 1],
    });
    const expected = [0, 1, 2].flatMap((r) => {
      const line = long.values.slice(r * 5000, (r + 1) * 5000).map(Math.round);
      return [...line.keys()].sort((a, b) => line[b]! - line[a]! || a - b).slice(0, 9);
    });
    expect(top).toEqual(expected);
  });

  it('fills views and counts', async () => {
    const [filled] = await run({
      kernel: 'fill',
      inputs: [],
      outputs: [{ dtype: 'bf16', shape: [300, 200], strides: [1, 300] }],
      floats: [1.5],
    });
    expect(firstDifference(filled!, new Array<number>(60_000).fill(1.5))).toBe(-1);
    const [counted] = await run({
      kernel: 'arange',
      inputs: [],
      outputs: [{ dtype: 'i64', shape: [40_000] }],
      ints: [5, -3],
    });
    expect(
      firstDifference(
        counted!,
        Array.from({ length: 40_000 }, (_, i) => 5 - 3 * i),
      ),
    ).toBe(-1);
  });
});
