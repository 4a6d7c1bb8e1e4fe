// Products with quantised weights where they are cut into slabs and blocks of the depth: against
// the same product with the dequantised weight, on each instruction set of this machine.
import {
  dequantize,
  DYNAMIC_MAP,
  hostTensor,
  linear,
  NF4_VALUES,
  quantize,
  quantizedLinear,
  quantizedLinearOp,
  quantizedParts,
  trace,
  type Graph,
  type HostTensor,
  type QuantizedFormat,
} from '@automodel/core';
import { compareTensors, runOnBackend } from '@automodel/testing';
import { afterAll, expect, test } from 'vitest';
import { createCpuBackend } from '../../src/cpu-backend.js';
import { describeInstructionSets } from '../support/describe-instruction-sets.js';

const [ROWS, COLUMNS, TOKENS] = [331, 1190, 37];

const numbers = (shape: readonly number[], seed: number): HostTensor =>
  hostTensor(
    'f32',
    shape,
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) =>
      Math.sin(i * seed + (i % 7919) * 0.37),
    ),
  );

/** Both products of one weight, from codes and from numbers. */
function bothWays(format: QuantizedFormat, compute: 'f32' | 'bf16'): Graph {
  return trace('both_ways', (t) => {
    const [weight, x, dy] = [
      t.input('batch', 'weight', [ROWS, COLUMNS], 'f32'),
      t.input('batch', 'x', [TOKENS, COLUMNS], compute),
      t.input('batch', 'dy', [TOKENS, ROWS], compute),
    ];
    const attrs = { format, rows: ROWS, columns: COLUMNS };
    const parts = quantize(weight, format);
    const values = dequantize(parts, attrs);
    const product = (input: typeof x, transposed: boolean): typeof x =>
      t.apply(quantizedLinearOp, [input, undefined, ...parts], {
        ...attrs,
        transposed,
        compute,
      })[0];
    t.output('forward', compute === 'f32' ? quantizedLinear(x, parts, attrs) : product(x, false));
    t.output('backward', product(dy, true));
    t.output('forward_expected', linear(x, values, undefined, compute));
    t.output('backward_expected', linear(dy, values.permute([1, 0]), undefined, compute));
  });
}

describeInstructionSets('on %s', (instructionSet) => {
  const backend = createCpuBackend({ threads: 2, instructionSet });
  afterAll(() => backend.close());
  test.each([
    ['nf4', 'f32'],
    ['nf4_double', 'bf16'],
    ['int8', 'bf16'],
  ] as const)('%s in %s', async (format, compute) => {
    const feeds = new Map(
      [
        ['weight', numbers([ROWS, COLUMNS], 1.7)],
        ['x', numbers([TOKENS, COLUMNS], 0.9)],
        ['dy', numbers([TOKENS, ROWS], 2.3)],
      ].map(
        ([name, tensor]) =>
          [name, name === 'weight' ? tensor : { ...(tensor as HostTensor), dtype: compute }] as [
            string,
            HostTensor,
          ],
      ),
    );
    const results = await runOnBackend(backend)(bothWays(format, compute), feeds);
    for (const direction of ['forward', 'backward'])
      expect(
        compareTensors(
          results.get(direction)!,
          results.get(`${direction}_expected`)!,
          compute === 'f32' ? 1e-6 : 2 ** -8,
        ),
        direction,
      ).toBeUndefined();
  });

  test('a number on the midpoint of two codes gets the lower one', async () => {
    const midpoints = (values: readonly number[]): number[] =>
      values.slice(1).map((value, i) => Math.fround((values[i]! + value) / 2));
    const [own, nested] = [midpoints(NF4_VALUES), midpoints(DYNAMIC_MAP)];
    // 2 + x and 2 - x are exact in f32, and 2 is the mean of the maxima.
    const at = nested.findIndex((x) => x > 0.5 && Number.isInteger(x * 2 ** 22));
    const maxima = [3, 1, 2 + nested[at]!, 2 - nested[at]!];
    const weight = maxima.flatMap((most) => [most, ...new Array<number>(63).fill(0)]);
    own.forEach((x, i) => (weight[64 + 1 + i] = x));
    const graph = trace('midpoints', (t) => {
      const parts = quantize(t.input('batch', 'weight', [4, 64], 'f32'), 'nf4_double');
      quantizedParts('nf4_double', 4, 64).forEach(({ name }, i) => t.output(name, parts[i]!));
    });
    const results = await runOnBackend(backend)(
      graph,
      new Map([['weight', hostTensor('f32', [4, 64], weight)]]),
    );
    const bytes = (name: string): number[] => {
      const { data } = results.get(name)!;
      return Array.from(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    };
    expect(bytes('absmax').slice(0, 4)).toEqual([255, 0, at, nested.indexOf(-nested[at]!)]);
    const codes = bytes('codes').flatMap((byte) => [byte >> 4, byte & 15]);
    expect(codes.slice(64 + 1, 64 + 16)).toEqual(own.map((_, code) => code));
  });
});
