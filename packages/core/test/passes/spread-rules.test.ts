// The rules of ops for values that differ over ranks: what each makes of its operands, and what is
// refused by op, scope and operand.
import { describe, expect, it } from 'vitest';
import {
  add,
  allGather,
  allReduce,
  cast,
  cut,
  exp,
  expand,
  formatSpread,
  inferSpreads,
  linear,
  matmul,
  mul,
  partial,
  permute,
  reduceScatter,
  replicated,
  reshape,
  slice,
  softmax,
  sum,
  trace,
  type Shape,
  type Spread,
  type Tensor,
} from '../../src/index.js';
import { AXIS } from './tensor-parallel-block.js';

type Inputs = Readonly<Record<string, readonly [shape: Shape, spread: Spread]>>;

/** Spread of what `body` makes, as text; or the error. */
function spreadOf(inputs: Inputs, body: (of: Readonly<Record<string, Tensor>>) => Tensor): string {
  let result: Tensor | undefined;
  const graph = trace('one', (t) =>
    t.at('layer', 'forward', () => {
      const tensors = Object.entries(inputs).map(
        ([name, [shape]]) => [name, t.input('batch', name, shape, 'f32')] as const,
      );
      result = body(Object.fromEntries(tensors));
      t.output('y', result);
    }),
  );
  const given = new Map(Object.entries(inputs).map(([name, [, spread]]) => [name, spread]));
  return formatSpread(inferSpreads(graph, AXIS, given).get(result!.value)!);
}

const over = { axis: AXIS, ranks: 2 };
const one = (shape: Shape, spread: Spread): Inputs => ({ x: [shape, spread] });
type Case = readonly [
  name: string,
  inputs: Inputs,
  body: (of: Readonly<Record<string, Tensor>>) => Tensor,
  expected: string,
];

describe('rules', () => {
  it.each<Case>([
    [
      'reshape cuts heads',
      one([6, 8], cut(1)),
      ({ x }) => reshape(x!, [6, 2, 4]),
      'cut along dimension 1',
    ],
    [
      'reshape joins heads',
      one([1, 2, 4], cut(1)),
      ({ x }) => reshape(x!, [1, 8]),
      'cut along dimension 1',
    ],
    [
      'reshape of one head',
      one([6, 4], cut(1)),
      ({ x }) => reshape(x!, [6, 1, 4]),
      'cut along dimension 1',
    ],
    [
      'reshape of rows before',
      one([6, 8], cut(1)),
      ({ x }) => reshape(x!, [2, 3, 8]),
      'cut along dimension 2',
    ],
    ['permute', one([2, 3, 4], cut(2)), ({ x }) => permute(x!, [2, 0, 1]), 'cut along dimension 0'],
    ['expand', one([3, 1], cut(0)), ({ x }) => expand(x!, [2, 3, 5]), 'cut along dimension 1'],
    ['slice', one([3, 4], cut(0)), ({ x }) => slice(x!, [0, 1], [3, 2]), 'cut along dimension 0'],
    ['exp of pieces', one([3, 4], cut(0)), ({ x }) => exp(x!), 'cut along dimension 0'],
    ['add of sums', one([3], partial), ({ x }) => add(x!, x!), 'partial'],
    [
      'add of a row',
      { x: [[3, 4], cut(0)], b: [[4], replicated] },
      ({ x, b }) => add(x!, b!),
      'cut along dimension 0',
    ],
    [
      'add of a cut row',
      { x: [[3, 4], cut(1)], b: [[4], cut(0)] },
      ({ x, b }) => add(b!, x!),
      'cut along dimension 1',
    ],
    ['mul of a sum', one([3], partial), ({ x }) => mul(x!, 2), 'partial'],
    [
      'linear of a sum',
      { x: [[2, 3], partial], w: [[4, 3], replicated] },
      ({ x, w }) => linear(x!, w!),
      'partial',
    ],
    [
      'linear of rows',
      { x: [[2, 3], cut(0)], w: [[4, 3], replicated] },
      ({ x, w }) => linear(x!, w!),
      'cut along dimension 0',
    ],
    [
      'linear with a cut bias',
      { x: [[2, 3], replicated], w: [[4, 3], cut(0)], b: [[4], cut(0)] },
      ({ x, w, b }) => linear(x!, w!, b),
      'cut along dimension 1',
    ],
    [
      'matmul of batches',
      { x: [[5, 2, 3], cut(0)], w: [[5, 3, 4], cut(0)] },
      ({ x, w }) => matmul(x!, w!),
      'cut along dimension 0',
    ],
    [
      'matmul of a contraction',
      { x: [[2, 3], cut(1)], w: [[3, 4], cut(0)] },
      ({ x, w }) => matmul(x!, w!),
      'partial',
    ],
    [
      'matmul of columns',
      { x: [[5, 2, 3], replicated], w: [[3, 4], cut(1)] },
      ({ x, w }) => matmul(x!, w!),
      'cut along dimension 2',
    ],
    ['all_reduce', one([4], partial), ({ x }) => allReduce([x!], over)[0]!, 'replicated'],
    ['all_gather', one([4], cut(0)), ({ x }) => allGather([x!], over)[0]!, 'replicated'],
    [
      'reduce_scatter',
      one([4], partial),
      ({ x }) => reduceScatter([x!], over)[0]!,
      'cut along dimension 0',
    ],
    [
      'all_reduce over another axis',
      one([4], cut(0)),
      ({ x }) => allReduce([x!], { ...over, axis: 'dp' })[0]!,
      'cut along dimension 0',
    ],
  ])('%s', (_, inputs, body, expected) => expect(spreadOf(inputs, body)).toBe(expected));

  it.each<Case>([
    [
      'an op without a rule',
      one([3, 4], cut(0)),
      ({ x }) => sum(x!),
      'sum in layer: operand x is cut along dimension 0 over tp: the op has no rule',
    ],
    [
      'a nonlinear op of a sum',
      one([3], partial),
      ({ x }) => exp(x!),
      'exp in layer: operand x is partial over tp: sums over ranks must be complete',
    ],
    [
      'softmax of a sum',
      one([3], partial),
      ({ x }) => softmax(x!, 0),
      'in layer: operand x is partial over tp',
    ],
    [
      'a sum that is squared',
      one([3], partial),
      ({ x }) => mul(x!, x!),
      'mul in layer: operand a is partial',
    ],
    [
      'a sum and what all have',
      { x: [[3], partial], b: [[3], replicated] },
      ({ x, b }) => add(b!, x!),
      'add in layer: operand b is partial',
    ],
    [
      'pieces and what all have',
      { x: [[3], cut(0)], b: [[3], replicated] },
      ({ x, b }) => add(x!, b!),
      'add in layer: operand b is replicated over tp: the other operand is cut',
    ],
    [
      'a narrower sum',
      one([3], partial),
      ({ x }) => cast(x!, 'bf16'),
      'cast in layer: operand x is partial over tp: it would be rounded to bf16',
    ],
    [
      'a reshape across pieces',
      one([3, 4], cut(1)),
      ({ x }) => reshape(x!, [12]),
      'reshape in layer: operand x is cut along dimension 1',
    ],
    [
      'a part of what is cut',
      one([3, 4], cut(1)),
      ({ x }) => slice(x!, [0, 1], [3, 2]),
      'slice in layer: operand x',
    ],
    [
      'a repeated piece',
      one([1, 4], cut(0)),
      ({ x }) => expand(x!, [3, 4]),
      'expand in layer: operand x',
    ],
    [
      'a contraction of one side',
      { x: [[2, 3], cut(1)], w: [[4, 3], replicated] },
      ({ x, w }) => linear(x!, w!),
      'linear in layer: operand weight is replicated over tp',
    ],
    [
      'a bias added by every rank',
      { x: [[2, 3], cut(1)], w: [[4, 3], cut(1)], b: [[4], replicated] },
      ({ x, w, b }) => linear(x!, w!, b),
      'linear in layer: operand bias is replicated over tp: every rank would add it',
    ],
    [
      'a product of sums',
      one([3, 3], partial),
      ({ x }) => matmul(x!, x!),
      'matmul in layer: operand b is partial',
    ],
    [
      'a sum over ranks of what all have',
      one([4], replicated),
      ({ x }) => allReduce([x!], over)[0]!,
      'all_reduce in layer: operand operands[0] is replicated over tp',
    ],
    [
      'joined sums',
      one([4], partial),
      ({ x }) => allGather([x!], over)[0]!,
      'all_gather in layer: operand operands[0] is partial',
    ],
  ])('refuse %s', (_, inputs, body, expected) =>
    expect(() => spreadOf(inputs, body)).toThrow(expected),
  );
});
