// Normalisations and rotary embedding against f64 loops: weights or none, Gemma's offset, rows of
// every width, strided rows, more rows than one chunk.
import { expect, it } from 'vitest';
import { bothPools, random, relativeError, STORAGE_ERROR } from '../support/both-pools.js';
import type { Operand } from '../support/call-kernel.js';
import { describeInstructionSets } from '../support/describe-instruction-sets.js';

const SHAPES: readonly (readonly [rows: number, width: number])[] = [
  [3, 8],
  [5, 33],
  [300, 64],
  [20, 1000],
  [1, 1],
];
const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

/** Rows of a wider buffer. */
const spread = (x: Operand & { values: number[] }, gap: number): Operand => {
  const [rows, width] = x.shape as [number, number];
  return {
    ...x,
    strides: [width + gap, 1],
    values: Array.from({ length: rows * (width + gap) }, (_, i) =>
      i % (width + gap) < width
        ? x.values[Math.floor(i / (width + gap)) * width + (i % (width + gap))]!
        : NaN,
    ),
  };
};

describeInstructionSets('norms on %s', (set) => {
  const run = bothPools(set);
  const limit = (dtype: 'f32' | 'bf16'): number => STORAGE_ERROR[dtype]!;

  it.each(
    SHAPES.flatMap(([rows, width]) =>
      (['f32', 'bf16'] as const).map((dtype) => [rows, width, dtype] as const),
    ),
  )('rms_norm of %i rows of %i, %s', async (rows, width, dtype) => {
    for (const [offset, weighted] of [
      [0, true],
      [1, true],
      [0, false],
    ] as const) {
      const [x, dy, weight] = [
        random(dtype, [rows, width], 1),
        random(dtype, [rows, width], 2),
        weighted ? random('f32', [width], 3) : null,
      ];
      const gain = (c: number): number => (weight === null ? 1 : weight.values[c]! + offset);
      const rstd = Array.from(
        { length: rows },
        (_, r) =>
          1 /
          Math.sqrt(
            sum(x.values.slice(r * width, (r + 1) * width).map((v) => v * v)) / width + 1e-6,
          ),
      );
      const [y, savedRstd] = await run({
        kernel: 'rms_norm',
        inputs: [spread(x, 5), weight],
        outputs: [
          { dtype, shape: [rows, width] },
          { dtype: 'f32', shape: [rows] },
        ],
        floats: [1e-6, offset],
      });
      expect(
        relativeError(
          y!,
          x.values.map((v, i) => v * rstd[Math.floor(i / width)]! * gain(i % width)),
        ),
      ).toBeLessThan(limit(dtype));
      expect(relativeError(savedRstd!, rstd)).toBeLessThan(1e-6);
      const u = dy.values.map((g, i) => g * gain(i % width));
      const mean = rstd.map(
        (_, r) =>
          sum(x.values.slice(r * width, (r + 1) * width).map((v, c) => v * u[r * width + c]!)) /
          width,
      );
      const dx = x.values.map((v, i) => {
        const r = Math.floor(i / width);
        return rstd[r]! * (u[i]! - v * rstd[r]! ** 2 * mean[r]!);
      });
      const dweight = Array.from({ length: weighted ? width : 0 }, (_, c) =>
        sum(rstd.map((s, r) => s * dy.values[r * width + c]! * x.values[r * width + c]!)),
      );
      const got = await run({
        kernel: 'rms_norm_backward',
        inputs: [dy, spread(x, 5), weight, { dtype: 'f32', shape: [rows], values: rstd }],
        outputs: [
          { dtype, shape: [rows, width] },
          { dtype: 'f32', shape: [dweight.length] },
        ],
        floats: [1e-6, offset],
      });
      // one entry: the two terms cancel
      expect(relativeError(got[0]!, dx)).toBeLessThan(width === 1 ? 1 : limit(dtype));
      expect(relativeError(got[1]!, dweight)).toBeLessThan(3e-6);
    }
  });

  it.each(
    SHAPES.filter(([, width]) => width > 1).flatMap(([rows, width]) =>
      (['f32', 'bf16'] as const).map((dtype) => [rows, width, dtype] as const),
    ),
  )('layer_norm of %i rows of %i, %s', async (rows, width, dtype) => {
    const [x, dy, weight, bias] = [
      random(dtype, [rows, width], 1),
      random(dtype, [rows, width], 2),
      random('f32', [width], 3),
      random('f32', [width], 4),
    ];
    const row = (list: readonly number[], r: number): readonly number[] =>
      list.slice(r * width, (r + 1) * width);
    const mean = Array.from({ length: rows }, (_, r) => sum(row(x.values, r)) / width);
    const rstd = mean.map(
      (m, r) => 1 / Math.sqrt(sum(row(x.values, r).map((v) => (v - m) ** 2)) / width + 1e-5),
    );
    const n = x.values.map(
      (v, i) => (v - mean[Math.floor(i / width)]!) * rstd[Math.floor(i / width)]!,
    );
    const [y] = await run({
      kernel: 'layer_norm',
      inputs: [spread(x, 3), weight, bias],
      outputs: [
        { dtype, shape: [rows, width] },
        { dtype: 'f32', shape: [rows] },
        { dtype: 'f32', shape: [rows] },
      ],
      floats: [1e-5],
    });
    expect(
      relativeError(
        y!,
        n.map((v, i) => v * weight.values[i % width]! + bias.values[i % width]!),
      ),
    ).toBeLessThan(limit(dtype));
    const u = dy.values.map((g, i) => g * weight.values[i % width]!);
    const dx = u.map((v, i) => {
      const r = Math.floor(i / width);
      return (
        rstd[r]! *
        (v -
          sum(row(u, r)) / width -
          n[i]! * (sum(row(u, r).map((w, c) => w * n[r * width + c]!)) / width))
      );
    });
    const statistics = [mean, rstd].map((values): Operand => ({
      dtype: 'f32',
      shape: [rows],
      values,
    }));
    const got = await run({
      kernel: 'layer_norm_backward',
      inputs: [dy, spread(x, 3), weight, ...statistics],
      outputs: [
        { dtype, shape: [rows, width] },
        { dtype: 'f32', shape: [width] },
        { dtype: 'f32', shape: [width] },
      ],
      floats: [1e-5],
    });
    expect(relativeError(got[0]!, dx)).toBeLessThan(limit(dtype));
    expect(
      relativeError(
        got[1]!,
        Array.from({ length: width }, (_, c) =>
          sum(mean.map((_m, r) => dy.values[r * width + c]! * n[r * width + c]!)),
        ),
      ),
    ).toBeLessThan(3e-6);
    expect(
      relativeError(
        got[2]!,
        Array.from({ length: width }, (_, c) =>
          sum(mean.map((_m, r) => dy.values[r * width + c]!)),
        ),
      ),
    ).toBeLessThan(3e-6);
  });

  it.each([
    [5, 2, 8, 8],
    [60, 5, 64, 64],
    [3, 3, 10, 6],
    [40, 2, 128, 32],
  ])('rope of %i tokens, %i heads of %i, %i rotated', async (tokens, heads, width, rotated) => {
    const half = rotated / 2;
    const [cos, sin] = [random('f32', [tokens, half], 1), random('f32', [tokens, half], 2)];
    for (const dtype of ['f32', 'bf16'] as const)
      for (const [interleaved, inverse] of [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ] as const) {
        const x = random(dtype, [tokens, heads, width], 3);
        const expected = x.values.map((v, i) => {
          const [d, head, t] = [i % width, i - (i % width), Math.floor(i / (width * heads))];
          if (d >= rotated) return v;
          const [pair, second] = interleaved ? [d >> 1, d % 2 === 1] : [d % half, d >= half];
          const opposite = second ? d - half : d + half;
          const other = x.values[head + (interleaved ? d ^ 1 : opposite)]!;
          const s = sin.values[t * half + pair]! * (inverse ? -1 : 1) * (second ? 1 : -1);
          return v * cos.values[t * half + pair]! + other * s;
        });
        for (const alias of [false, true]) {
          const [y] = await run({
            kernel: 'rope',
            inputs: [x, cos, sin],
            outputs: [{ dtype, shape: x.shape, ...(alias ? { alias: 'in0' } : {}) }],
            ints: [interleaved, inverse],
          });
          expect(relativeError(y!, expected)).toBeLessThan(limit(dtype));
        }
      }
  });
});
