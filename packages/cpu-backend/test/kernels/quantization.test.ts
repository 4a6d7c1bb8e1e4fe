// Products with quantised weights where they are cut into slabs and blocks of the depth: against
// the same product with the dequantised weight, on each instruction set of this machine.
import {
  dequantize,
  hostTensor,
  linear,
  quantize,
  quantizedLinear,
  quantizedLinearOp,
  trace,
  type Graph,
  type HostTensor,
  type QuantizedFormat,
} from '@automodel/core';
import { compareTensors, runOnBackend } from '@automodel/testing';
import { afterAll, describe, expect, test } from 'vitest';
import { createCpuBackend } from '../../src/cpu-backend.js';
import { instructionSets } from '../../src/native-pool.js';

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
      })[0]!;
    t.output('forward', compute === 'f32' ? quantizedLinear(x, parts, attrs) : product(x, false));
    t.output('backward', product(dy, true));
    t.output('forward_expected', linear(x, values, undefined, compute));
    t.output('backward_expected', linear(dy, values.permute([1, 0]), undefined, compute));
  });
}

describe.each(instructionSets())('on %s', (instructionSet) => {
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
});
