// Reverse mode over a graph: adjoints of several readers and of several results add up, and nothing
// is computed that nobody asked for.
import { expect, it } from 'vitest';
import {
  add,
  defineOp,
  gradients,
  hostTensor,
  mul,
  runReference,
  sin,
  sum,
  trace,
  type HostTensor,
  type OpDefinition,
  type Tensor,
} from '../../src/index.js';

type NoAttributes = Record<string, never>;

const times = (x: HostTensor, factor: number): HostTensor => ({
  ...x,
  data: (x.data as Float64Array).map((value) => factor * value),
});

/** x -> [2 x, 3 x]. */
const pairOp: OpDefinition<NoAttributes> = defineOp({
  name: 'test_pair',
  summary: 'x twice and three times',
  operands: ['x'],
  outputs: ['double', 'triple'],
  infer: ({ x }) => [x, x],
  reference: ({ x }) => [times(x, 2), times(x, 3)],
  gradient: ({ gradients: { double, triple } }) => {
    const [a, b] = [double && mul(double, 2), triple && mul(triple, 3)];
    return { x: a === undefined || b === undefined ? (a ?? b) : add(a, b) };
  },
  samples: [],
});

/** The gradient of sum(f(x)) at x = 1, 2. */
function slope(f: (x: Tensor) => Tensor): readonly number[] {
  const graph = trace('slope', (t) => {
    const x = t.input('batch', 'x', [2], 'f32');
    t.output('dx', gradients(sum(f(x)), [x])[0]!);
  });
  const { outputs } = runReference(graph, new Map([['x', hostTensor('f32', [2], [1, 2])]]));
  return Array.from(outputs.get('dx')!.data, Number);
}

const pair = (x: Tensor): readonly [Tensor, Tensor] =>
  x.trace.apply(pairOp, [x], {}) as unknown as readonly [Tensor, Tensor];

it('adds what several readers of a value give', () => {
  expect(slope((x) => add(mul(x, x), mul(x, 5)))).toEqual([7, 9]);
});

it('differentiates through each result of an op, alone and together', () => {
  expect(slope((x) => pair(x)[0])).toEqual([2, 2]);
  expect(slope((x) => pair(x)[1])).toEqual([3, 3]);
  expect(slope((x) => add(...pair(x)))).toEqual([5, 5]);
});

it('computes no adjoint that nobody wants', () => {
  const graph = trace('frozen', (t) => {
    const [x, w] = [t.input('batch', 'x', [2], 'f32'), t.input('parameter', 'w', [2], 'f32')];
    t.output('dw', gradients(sum(mul(sin(x), w)), [w])[0]!);
  });
  const backward = graph.nodes.filter(({ phase }) => phase === 'backward').map(({ op }) => op.name);
  expect(backward).not.toContain('cos');
  expect(backward.filter((name) => name === 'mul')).toHaveLength(1);
});

it('gives undefined where nothing leads to the loss', () => {
  trace('apart', (t) => {
    const [x, w] = [t.input('batch', 'x', [2], 'f32'), t.input('parameter', 'w', [2], 'f32')];
    expect(gradients(sum(x), [w])).toEqual([undefined]);
    t.output('x', x);
  });
});
