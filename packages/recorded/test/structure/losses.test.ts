// A loss over the last product becomes one op, unless somebody else wants the logits.
import { describe, expect, it } from 'vitest';
import {
  add,
  crossEntropy,
  div,
  linear,
  matmul,
  mul,
  permute,
  reshape,
  slice,
  tanh,
  type Tensor,
  type Trace,
} from '@automodel/core';
import { expectSameNumbers, fused, inputs, operations } from './fused.js';

const { x, table, row } = inputs({ x: [2, 3, 4], table: [7, 4], row: [7] });
const logits = (t: Trace): Tensor => linear(x(t), table(t));
const loss = (t: Trace, y: Tensor, rows = 6): Tensor =>
  crossEntropy(
    reshape(y, [rows, 7]),
    t.input('batch', 'targets', [rows], 'i32'),
    t.input('scalar', 'scale', [], 'f32'),
  ).loss;
const op = (softcap = 0): string => `linear_cross_entropy{softcap: ${softcap}, compute: "f32"}`;

describe('fuse-linear-loss', () => {
  it.each([
    ['a linear map', (t) => loss(t, logits(t)), [op()]],
    [
      'a product with the turned table',
      (t) => loss(t, matmul(x(t), permute(table(t), [1, 0]))),
      [op()],
    ],
    ['a soft cap', (t) => loss(t, mul(tanh(div(logits(t), 3)), 3)), [op(3)]],
    ['a factor and a soft cap', (t) => loss(t, mul(tanh(mul(logits(t), 0.5)), 3)), ['mul', op(3)]],
    ['a choice of rows', (t) => loss(t, slice(logits(t), [0, 1, 0], [2, 3, 7]), 4), [op()]],
  ] satisfies [string, (t: Trace) => Tensor, string[]][])('takes %s', (_, build, ops) => {
    const result = fused(build);
    expect(operations(result.graph)).toEqual(ops);
    expectSameNumbers(result, {
      targets:
        result.original.inputs.find((v) => v.input!.name === 'targets')!.shape[0] === 4
          ? [3, -100, 0, 6]
          : [3, -100, 0, 6, 1, 2],
      scale: [0.5],
    });
  });

  it.each([
    [
      'logits that others read',
      (t) => {
        const y = logits(t);
        return mul(loss(t, y), slice(reshape(y, [42]), [0], [1]));
      },
      'something else reads the logits',
    ],
    ['a bias', (t) => loss(t, linear(x(t), table(t), row(t))), 'the last product has a bias'],
    [
      'other sums',
      (t) => loss(t, add(logits(t), row(t))),
      'the logits come from add and not from a linear map',
    ],
    [
      'a division by 0',
      (t) => loss(t, mul(tanh(div(logits(t), 0)), 3)),
      'the logits come from div and not from a linear map',
    ],
    [
      'factors that f32 does not hold together',
      (t) => loss(t, mul(mul(logits(t), 1e20), 1e20)),
      'the logits come from mul and not from a linear map',
    ],
  ] satisfies [string, (t: Trace) => Tensor, string][])('leaves %s', (_, build, reason) => {
    const { graph, report } = fused(build);
    expect(operations(graph)).toContain('cross_entropy');
    expect(report.missed).toEqual([{ pattern: 'fuse-linear-loss', scope: '', reason }]);
  });
});
