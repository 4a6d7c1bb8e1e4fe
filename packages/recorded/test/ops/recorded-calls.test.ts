// How recorded operations reach this project's ops where PyTorch takes more forms than one: ranks,
// defaults, 0-dimensional indices.
import { applyRecordedOp } from '../../src/index.js';
import { constant, runReference, Trace, type HostTensor, type Operand } from '@automodel/core';
import { expect, test } from 'vitest';

test('integers beyond 2^53 stay exact', () => {
  const wide = 2n ** 53n + 1n;
  const evaluate = (
    op: string,
    inputs: readonly bigint[] | null,
    attrs: Readonly<Record<string, unknown>>,
  ): unknown => {
    const trace = new Trace(op);
    const operands = inputs === null ? [] : [constant(inputs, [inputs.length], 'i64', trace)];
    trace.run(() =>
      trace.output('y', applyRecordedOp({ op, inputs: operands, attrs, shape: [3], dtype: 'i64' })),
    );
    return runReference(trace.finish(), new Map()).outputs.get('y')!.data;
  };
  expect(evaluate('arange', null, { start: wide, step: 2 })).toEqual(
    BigInt64Array.of(wide, wide + 2n, wide + 4n),
  );
  expect(evaluate('clamp', [-(2n ** 60n), 5n, 2n ** 60n], { min: -7, max: wide })).toEqual(
    BigInt64Array.of(-7n, 5n, wide),
  );
  expect(evaluate('full', null, { value: wide })).toEqual(BigInt64Array.of(wide, wide, wide));
});

type Spec = readonly [values: readonly number[], shape: readonly number[], dtype?: 'f32' | 'i64'];

function call(
  op: string,
  specs: readonly (Spec | null)[],
  attrs: Readonly<Record<string, unknown>>,
): HostTensor {
  const trace = new Trace(op);
  const inputs = specs.map((spec): Operand | null =>
    spec === null ? null : constant(spec[0], spec[1], spec[2] ?? 'f32', trace),
  );
  trace.run(() =>
    trace.output('y', applyRecordedOp({ op, inputs, attrs, shape: [], dtype: 'f32' })),
  );
  return runReference(trace.finish(), new Map()).outputs.get('y')!;
}

const count = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

test('a 0-dimensional index is a number: it moves no dimensions of others to the front', () => {
  const cube: Spec = [count(24), [2, 3, 4]];
  const { shape, data } = call('index', [cube, [[1], [], 'i64'], [[0, 3], [2], 'i64']], {
    dims: [0, 2],
  });
  expect([shape, [...data]]).toEqual([
    [3, 2],
    [12, 15, 16, 19, 20, 23],
  ]);
  expect(
    call('index', [cube, [[1, 1], [2], 'i64'], [[0, 3], [2], 'i64']], { dims: [0, 2] }).shape,
  ).toEqual([2, 3]);
  expect(
    call('index', [cube, [[1], [], 'i64'], [[-1], [], 'i64']], { dims: [0, -1] }),
  ).toMatchObject({ shape: [3], data: Float64Array.of(15, 19, 23) });
});

test('sdpa takes queries without batch and heads', () => {
  const attrs = { causal: false, scale: null, gqa: false };
  for (const lead of [[], [1], [1, 1]]) {
    const operand = (rows: number): Spec => [count(rows * 2), [...lead, rows, 2]];
    const { shape, data } = call('sdpa', [operand(1), operand(3), operand(3), null], attrs);
    expect(shape).toEqual([...lead, 1, 2]);
    const weights = [1, 3, 5].map((score) => Math.exp(score / Math.SQRT2));
    expect(data[0]).toBeCloseTo(
      (2 * weights[1]! + 4 * weights[2]!) / (weights[0]! + weights[1]! + weights[2]!),
      6,
    );
  }
});

test("what may be left out has PyTorch's default", () => {
  expect(call('rms_norm', [[[3, 4], [2]], null], { axes: 1, eps: null }).data[1]).toBeCloseTo(
    4 / Math.sqrt(12.5 + 2 ** -23),
    12,
  );
  expect(
    call(
      'conv1d',
      [
        [count(4), [1, 1, 4]],
        [
          [1, 10],
          [1, 1, 2],
        ],
        null,
      ],
      { stride: 2, padding: 0, dilation: 1, groups: 1 },
    ).data,
  ).toEqual(Float64Array.of(10, 32));
  expect(call('max', [[count(4), [2, 2]]], { dims: 1, keepdim: false }).data).toEqual(
    Float64Array.of(1, 3),
  );
  expect(call('logsumexp', [[[0, 0], [2], 'i64']], { dims: [0] })).toMatchObject({
    dtype: 'f32',
    data: Float64Array.of(Math.log(2)),
  });
  expect(call('pad', [[[1], [1]]], { pad: [1, 0], value: null }).data).toEqual(
    Float64Array.of(0, 1),
  );
  expect(
    call('avg_pool2d', [[count(16), [1, 4, 4]]], { kernel: 2, stride: null, padding: 0 }),
  ).toMatchObject({ shape: [1, 2, 2], data: Float64Array.of(2.5, 4.5, 10.5, 12.5) });
});
