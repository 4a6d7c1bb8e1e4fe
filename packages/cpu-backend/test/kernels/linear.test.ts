// Grouped products and triangular systems beyond the conformance samples: several tiles and depth
// blocks, experts of many, few and no rows, both layouts, storage types and views.
import { expect, it } from 'vitest';
import type { DType } from '@automodel/core';
import { bothPools, random, relativeError, STORAGE_ERROR, view } from '../support/both-pools.js';
import { describeInstructionSets } from '../support/describe-instruction-sets.js';

/** Expert of each row: 0 gets most, 1 few, 2 none, 3 the rest; every 50th row goes nowhere. */
function expertOf(row: number): number {
  if (row % 50 === 0) return 7;
  if (row % 97 === 1) return 1;
  return row % 3 === 0 ? 3 : 0;
}

describeInstructionSets('grouped products and systems on %s', (set) => {
  const run = bothPools(set);

  it.each<[dtype: DType, weight: DType, transposed: boolean]>([
    ['f32', 'f32', false],
    ['f32', 'bf16', true],
    ['bf16', 'f32', false],
    ['f64', 'f32', true],
  ])('rows of %s times matrices of %s, transposed %s', async (dtype, weightType, transposed) => {
    const [rows, inner, outer, experts] = [170, 520, 132, 4];
    const x = random(dtype, [rows, inner], 1);
    const w = random(weightType, transposed ? [experts, inner, outer] : [experts, outer, inner], 2);
    const bias = random('f32', [experts, outer], 3);
    const ids = {
      dtype: 'i64' as const,
      shape: [rows],
      values: Array.from({ length: rows }, (_, row) => expertOf(row)),
    };
    const expected = Array.from({ length: rows * outer }, (_, at) => {
      const [row, o] = [Math.floor(at / outer), at % outer];
      const e = expertOf(row);
      if (e >= experts) return 0;
      let sum = bias.values[e * outer + o]!;
      for (let k = 0; k < inner; k++)
        sum +=
          x.values[row * inner + k]! *
          w.values[e * outer * inner + (transposed ? k * outer + o : o * inner + k)]!;
      return sum;
    });
    const [y] = await run({
      kernel: 'grouped_linear',
      inputs: [x, w, ids, bias],
      outputs: [{ dtype, shape: [rows, outer] }],
      ints: [Number(transposed), 0],
    });
    expect(relativeError(y!, expected)).toBeLessThan(STORAGE_ERROR[dtype]!);
    const dy = random(dtype, [rows, outer], 4);
    const gradient = new Array<number>(w.values.length).fill(0);
    for (let row = 0; row < rows; row++)
      for (let o = 0; expertOf(row) < experts && o < outer; o++)
        for (let k = 0; k < inner; k++)
          gradient[expertOf(row) * outer * inner + (transposed ? k * outer + o : o * inner + k)]! +=
            x.values[row * inner + k]! * dy.values[row * outer + o]!;
    const [dw] = await run({
      kernel: 'grouped_linear_weight_gradient',
      inputs: [x, dy, ids],
      outputs: [{ dtype: weightType, shape: w.shape }],
      ints: [Number(transposed), 0],
    });
    expect(relativeError(dw!, gradient)).toBeLessThan(STORAGE_ERROR[weightType]!);
  });

  it.each<[n: number, columns: number, upper: boolean, unit: boolean, dtype: DType]>([
    [70, 150, false, true, 'f32'],
    [33, 1, true, false, 'f32'],
    [20, 300, true, true, 'bf16'],
    [18, 9, false, false, 'f64'],
  ])(
    'systems of %i unknowns and %i columns (upper %s, unit diagonal %s) of %s',
    async (n, columns, upper, unit, dtype) => {
      const batches = 3;
      const off = random(dtype, [n, n], 1, 1 / n);
      const a = {
        ...off,
        values: off.values.map((v, at) => {
          if (at % (n + 1) !== 0) return v;
          return unit ? 99 : 1.5 + Math.round(Math.abs(v)); // a unit diagonal is not read
        }),
      };
      const x = random(dtype, [batches, n, columns], 2);
      const entry = (i: number, k: number): number => {
        if (i === k) return unit ? 1 : a.values[i * n + k]!;
        return i < k === upper ? a.values[k * n + i]! : 0; // the kernel gets the transpose
      };
      const values = x.values.map((_, at) => {
        const [batch, i, c] = [
          Math.floor(at / (n * columns)),
          Math.floor(at / columns) % n,
          at % columns,
        ];
        let sum = 0;
        for (let k = 0; k < n; k++) sum += entry(i, k) * x.values[(batch * n + k) * columns + c]!;
        return sum;
      });
      const [solved] = await run({
        kernel: 'solve_triangular',
        inputs: [view(a, [n, n], [1, n]), { dtype, shape: x.shape, values }],
        outputs: [{ dtype, shape: x.shape }],
        ints: [Number(upper), Number(unit)],
      });
      expect(relativeError(solved!, x.values)).toBeLessThan(
        dtype === 'bf16' ? 2e-2 : STORAGE_ERROR[dtype]!,
      );
    },
  );
});
