// Quantised weights: code values against the published tables, how they are packed, and how far a
// weight is from itself after the round trip.
import { expect, test } from 'vitest';
import {
  dequantize,
  hostTensor,
  quantize,
  quantizedParts,
  runReference,
  trace,
  type HostTensor,
  type QuantizedFormat,
} from '../../src/index.js';
import { DYNAMIC_MAP, NF4_VALUES, nearestCode } from '../../src/ops/quantization/code-values.js';

/** Neither a multiple of a block nor of a word. */
const [ROWS, COLUMNS] = [37, 131];

const weightOf = (size: number): number[] =>
  Array.from({ length: size }, (_, i) =>
    Math.fround(Math.sin(i * i + 0.5 * i) * (1 + (i % 17) / 4)),
  );

/** The parts by name, and the weight that they stand for. */
function roundTrip(
  format: QuantizedFormat,
  rows: number,
  columns: number,
  weight: readonly number[],
): { readonly parts: ReadonlyMap<string, HostTensor>; readonly result: readonly number[] } {
  const graph = trace('round_trip', (t) => {
    const parts = quantize(t.input('batch', 'weight', [rows, columns], 'f32'), format);
    quantizedParts(format, rows, columns).forEach(({ name }, i) => t.output(name, parts[i]!));
    t.output('result', dequantize(parts, { format, rows, columns }));
  });
  const { outputs } = runReference(
    graph,
    new Map([['weight', hostTensor('f32', [rows, columns], weight)]]),
  );
  return { parts: outputs, result: Array.from(outputs.get('result')!.data as Float64Array) };
}

const bytesOf = ({ data }: HostTensor): Uint8Array => new Uint8Array(data.buffer);

test('NF4 has the values of QLoRA, each the nearest to itself', () => {
  expect([NF4_VALUES.length, NF4_VALUES[0], NF4_VALUES[7], NF4_VALUES[8], NF4_VALUES[15]]).toEqual([
    16,
    -1,
    0,
    Math.fround(0.07958029955625534),
    1,
  ]);
  expect(NF4_VALUES.map((value) => nearestCode(NF4_VALUES, value))).toEqual(
    Array.from({ length: 16 }, (_, code) => code),
  );
  // The thresholds that bitsandbytes' kernels are written with.
  const thresholds = [
    -0.8480964004993439, -0.6106329262256622, -0.4599952697753906, -0.33967942744493484,
    -0.23460740596055984, -0.13791173323988914, -0.045525018125772476, 0.03979014977812767,
    0.1202552504837513, 0.2035212516784668, 0.2920137718319893, 0.3893125355243683,
    0.5016634166240692, 0.6427869200706482, 0.8614784181118011,
  ];
  thresholds.forEach((threshold, code) =>
    expect([threshold - 1e-6, threshold + 1e-6].map((x) => nearestCode(NF4_VALUES, x))).toEqual([
      code,
      code + 1,
    ]),
  );
});

test('a number on the midpoint of two codes gets the lower one', () => {
  for (const values of [NF4_VALUES, DYNAMIC_MAP]) {
    const midpoints = values.slice(1).map((value, i) => Math.fround((values[i]! + value) / 2));
    expect(midpoints.map((x) => nearestCode(values, x))).toEqual(midpoints.map((_, code) => code));
  }
});

test('the dynamic map is that of bitsandbytes', () => {
  expect(DYNAMIC_MAP).toHaveLength(256);
  expect(DYNAMIC_MAP.every((value, i) => i === 0 || value > DYNAMIC_MAP[i - 1]!)).toBe(true);
  // create_dynamic_map(signed=True): its first, middle and last values.
  expect([0, 1, 2, 126, 127, 128, 254, 255].map((i) => DYNAMIC_MAP[i])).toEqual(
    [
      -0.992968738079071, -0.9789062738418579, -0.96484375, -5.500000384017767e-7, 0,
      5.500000384017767e-7, 0.992968738079071, 1,
    ].map(Math.fround),
  );
});

test('codes are packed with the earlier element in the upper half of a byte', () => {
  const { parts } = roundTrip('nf4', 1, 5, [-2, 2, 0, 1.4459136, -2]);
  expect(Array.from(bytesOf(parts.get('codes')!))).toEqual([0x0f, 0x7e, 0x00, 0]);
  expect(Array.from(parts.get('absmax')!.data as Float64Array)).toEqual([2]);
});

test.each(['nf4', 'nf4_double'] as const)(
  '%s is off by at most half the widest gap of its values, in each block',
  (format) => {
    const weight = weightOf(ROWS * COLUMNS);
    const { result } = roundTrip(format, ROWS, COLUMNS, weight);
    const gap = (1 - 0.6961928) / 2;
    for (let start = 0; start < weight.length; start += 64) {
      const [block, back] = [weight.slice(start, start + 64), result.slice(start, start + 64)];
      const most = Math.max(...block.map(Math.abs));
      // Maxima in 8 bits: at most half the widest gap of the dynamic map (0.014) of the largest
      // distance from their mean.
      const allowed = most * gap + (format === 'nf4' ? 1e-6 : 0.0071 * 5);
      expect(Math.max(...block.map((x, i) => Math.abs(x - back[i]!)))).toBeLessThanOrEqual(allowed);
    }
  },
);

test('maxima in 8 bits are near those in f32', () => {
  const weight = weightOf(ROWS * COLUMNS);
  const [plain, double] = [
    roundTrip('nf4', ROWS, COLUMNS, weight),
    roundTrip('nf4_double', ROWS, COLUMNS, weight),
  ];
  expect(double.parts.get('codes')!.data).toEqual(plain.parts.get('codes')!.data);
  expect(plain.result.every((x, i) => Math.abs(x - double.result[i]!) <= 0.0071 * 5)).toBe(true);
  expect(plain.result.some((x, i) => x !== double.result[i])).toBe(true);
});

test('int8 is off by at most half a step of its row', () => {
  const weight = weightOf(ROWS * COLUMNS);
  const { result } = roundTrip('int8', ROWS, COLUMNS, weight);
  for (let row = 0; row < ROWS; row++) {
    const line = weight.slice(row * COLUMNS, (row + 1) * COLUMNS);
    const step = Math.max(...line.map(Math.abs)) / 127;
    line.forEach((x, i) =>
      expect(Math.abs(x - result[row * COLUMNS + i]!)).toBeLessThanOrEqual(step * 0.50001),
    );
  }
});

test.each(['nf4', 'nf4_double', 'int8'] as const)(
  'a weight of zeros stays zero as %s',
  (format) => {
    expect(
      roundTrip(
        format,
        2,
        64,
        Array.from({ length: 128 }, () => 0),
      ).result.every((x) => x === 0),
    ).toBe(true);
  },
);

test('parts of another size are refused by name', () => {
  expect(() =>
    trace('bad', (t) =>
      t.output(
        'y',
        dequantize(
          [t.input('batch', 'codes', [3], 'i32'), t.input('batch', 'absmax', [1], 'f32')],
          { format: 'nf4', rows: 2, columns: 16 },
        ),
      ),
    ),
  ).toThrow(
    /dequantize: i32\[3\], f32\[1\] are not the nf4 parts of a weight \[2,16\]: i32\[4\], f32\[1\]/,
  );
});
