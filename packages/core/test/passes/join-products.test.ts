// Products that become one op: what is joined, what is not, and that numbers stay.
import { describe, expect, it } from 'vitest';
import {
  add,
  builtinOps,
  FUSION_PASSES,
  gradientAccumulate,
  gradients,
  hostTensor,
  linear,
  matmul,
  mul,
  passesFor,
  runPasses,
  runReference,
  silu,
  sum,
  trace,
  type Graph,
  type HostTensor,
  type KernelTable,
} from '../../src/index.js';

const everyKernel: KernelTable = Object.fromEntries(
  Object.keys(builtinOps).map((name) => [name, { acceptsView: () => true }]),
);

/** A gated block whose three maps read one x, trained. */
function training(count = 3, biased = false, rows: readonly number[] = [5]): Graph {
  return trace('micro', (t) => {
    const names = Array.from({ length: count }, (_, i) => `w${i}`);
    const weights = names.map((name, i) => t.input('parameter', name, [3 + (i % 2), 3], 'f32'));
    const biases = names.map((name, i) =>
      t.input('parameter', `${name}.bias`, [3 + (i % 2)], 'f32'),
    );
    const keep = t.input('scalar', 'keep', [], 'f32');
    const x = silu(
      mul(t.input('batch', 'x', [...rows, 3], 'f32'), t.input('parameter', 's', [], 'f32')),
    );
    const ys = weights.map((weight, i) => linear(x, weight, biased ? biases[i] : undefined));
    const loss = ys.map((y) => sum(mul(y, silu(y)))).reduce(add);
    const trained = [...weights, t.input('parameter', 's', [], 'f32')];
    gradients(loss, trained).forEach((gradient, i) => {
      const { shape, value } = trained[i]!;
      const state = t.input('state', `gradient.${value.input!.name}`, shape, 'f32');
      t.at('', 'backward', () => t.assign(state, gradientAccumulate(state, gradient!, keep)));
    });
    t.output('loss', loss);
  });
}

function feedsOf(graph: Graph): ReadonlyMap<string, HostTensor> {
  return new Map(
    graph.inputs.map(({ input, shape }, k) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const values = Float64Array.from({ length: size }, (_, i) => Math.sin(7 * k + i));
      return [input.name, hostTensor('f32', shape, values)];
    }),
  );
}

const count = (graph: Graph, name: string): number =>
  graph.nodes.filter((n) => n.op.name === name).length;

const compile = (
  graph: Graph,
  disable: readonly string[] = [],
  kernels: KernelTable = everyKernel,
): Graph =>
  runPasses(graph, passesFor({ backend: 'test', kernels }, { disable }), { verify: true });

const JOINED = ['linear_many', 'matmul_accumulate_many', 'matmul_sum'];
const joinsIn = (graph: Graph): readonly number[] => JOINED.map((name) => count(graph, name));

function expectSameNumbers(one: Graph, two: Graph): void {
  const [first, second] = [one, two].map((graph) => runReference(graph, feedsOf(graph)));
  for (const part of ['outputs', 'assigns'] as const)
    for (const [name, { data }] of first![part])
      data.forEach((value: number | bigint, i: number) =>
        expect(Number(second![part].get(name)!.data[i]), name).toBeCloseTo(Number(value), 12),
      );
}

describe('products of one x', () => {
  it('become one op forward, one for the weights, one for x', () => {
    const graph = compile(training());
    expect(joinsIn(graph)).toEqual([1, 1, 1]);
    for (const name of ['linear', 'matmul', 'matmul_accumulate'])
      expect(count(graph, name)).toBe(0);
    expectSameNumbers(compile(training(), ['join-products']), graph);
  });

  it('are joined where rows have more than one dimension', () => {
    const graph = compile(training(3, false, [2, 4]));
    expect(joinsIn(graph)).toEqual([1, 1, 1]);
    expectSameNumbers(compile(training(3, false, [2, 4]), ['join-products']), graph);
  });

  it('take their biases along', () => {
    const graph = compile(training(3, true), ['fuse-bias-gradients']);
    expect(joinsIn(graph)).toEqual([1, 1, 1]);
    expectSameNumbers(compile(training(3, true), FUSION_PASSES), graph);
  });

  it('are at most eight in an op', () => {
    const graph = compile(training(10));
    expect(joinsIn(graph)).toEqual([2, 2, 2]);
    expectSameNumbers(compile(training(10), ['join-products']), graph);
  });

  it('name the module that all of them are in', () => {
    const graph = compile(
      trace('forward', (t) => {
        const x = t.input('batch', 'x', [3, 3], 'f32');
        for (const name of ['gate', 'up'])
          t.at(`layers.1.mlp.${name}`, 'forward', () =>
            t.output(name, linear(x, t.input('parameter', name, [3, 3], 'f32'))),
          );
      }),
    );
    expect(graph.nodes.map(({ op, scope }) => [op.name, scope])).toEqual([
      ['linear_many', 'layers.1.mlp'],
    ]);
  });

  it('stay alone where the target has no kernel for them', () => {
    const kernels = { ...everyKernel, linear_many: 'decompose', matmul_sum: 'decompose' } as const;
    expect(joinsIn(compile(training(), [], kernels))).toEqual([0, 1, 0]);
    expect(joinsIn(compile(training(1)))).toEqual([0, 0, 0]);
  });
});

it('leaves maps of f64 alone, which no kernel joins', () => {
  const graph = trace('forward', (t) => {
    const x = t.input('batch', 'x', [3, 3], 'f64');
    for (const name of ['a', 'b'])
      t.output(name, linear(x, t.input('parameter', name, [3, 3], 'f64')));
  });
  expect(joinsIn(compile(graph))).toEqual([0, 0, 0]);
});

it('leaves a map alone whose weight is made from another of the same x', () => {
  const graph = trace('forward', (t) => {
    const x = t.input('batch', 'x', [3, 3], 'f32');
    const [a, b] = ['a', 'b'].map((name) => t.input('parameter', name, [3, 3], 'f32'));
    const first = linear(x, a!);
    t.output('first', first);
    t.output('y', linear(x, add(first, b!)));
  });
  const compiled = compile(graph);
  expect(joinsIn(compiled)).toEqual([0, 0, 0]);
  expectSameNumbers(graph, compiled);
});

it('leaves a sum alone of which others read a part', () => {
  const graph = trace('forward', (t) => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => t.input('parameter', name, [3, 3], 'f32'));
    const part = matmul(a!, b!);
    t.output('part', part);
    t.output('y', add(matmul(b!, c!), part));
  });
  const compiled = compile(graph);
  expect(count(compiled, 'matmul_sum')).toBe(0);
  expectSameNumbers(graph, compiled);
});
