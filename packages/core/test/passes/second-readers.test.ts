// What passes must leave as it is: values that a second node reads, phases that differ, ops that are
// marked once. The numbers stay the same, and nothing is computed twice.
import { describe, expect, it } from 'vitest';
import {
  add,
  builtinOps,
  exp,
  gradientAccumulate,
  gradients,
  hostTensor,
  matmul,
  mul,
  recomputeCheap,
  recomputeLayers,
  runPasses,
  runReference,
  sin,
  sizeOf,
  sum,
  trace,
  verifyGraph,
  type Graph,
  type KernelTable,
  type OpDefinition,
  type Tensor,
  type Trace,
} from '../../src/index.js';
import { eliminateDead } from '../../src/passes/eliminate-dead.js';
import { fuseAccumulation } from '../../src/passes/fuse-accumulation.js';
import { fuseAdditions } from '../../src/passes/fuse-additions.js';

const everyKernel: KernelTable = Object.fromEntries(
  Object.keys(builtinOps).map((name) => [name, {}]),
);
const target = { backend: 'test', kernels: everyKernel };

/** Outputs and assigned states by name, on numbers of 1/8 and keep 1: every sum is exact. */
function resultsOn(graph: Graph): unknown {
  const feeds = graph.inputs.map((value) => {
    const { name } = value.input!;
    const at = (i: number): number => ((i * 5 + name.charCodeAt(0)) % 7) / 8;
    const numbers = Array.from({ length: sizeOf(value.shape) }, (_, i) => at(i));
    const tensor = hostTensor(value.dtype, value.shape, name === 'keep' ? [1] : numbers);
    return [name, tensor] as const;
  });
  const { outputs, assigns } = runReference(graph, new Map(feeds), 'typed');
  return [outputs, assigns].map((tensors) =>
    [...tensors].map(([name, { data }]) => [name, ...data]).sort(),
  );
}

describe('fuse-accumulation', () => {
  const accumulated = (
    body: (a: Tensor, b: Tensor, t: Trace) => Tensor,
  ): readonly [before: Graph, after: Graph] => {
    const before = trace('program', (t) => {
      const state = t.input('state', 'g', [3, 3], 'f32');
      const [a, b] = [t.input('batch', 'a', [3, 4], 'f32'), t.input('batch', 'b', [4, 3], 'f32')];
      const keep = t.input('scalar', 'keep', [], 'f32');
      t.assign(state, gradientAccumulate(state, body(a, b, t), keep));
    });
    return [before, runPasses(before, [fuseAccumulation], { verify: true })];
  };
  const readers: [name: string, ops: readonly string[], read: (x: Tensor, t: Trace) => void][] = [
    ['an output', ['matmul', 'gradient_accumulate'], (x, t) => t.output('gradient', x)],
    ['a node', ['matmul', 'exp', 'gradient_accumulate'], (x, t) => t.output('e', exp(x))],
  ];

  it.each(readers)('leaves a gradient that %s reads as well', (_name, ops, read) => {
    const [before, after] = accumulated((a, b, t) => {
      const gradient = matmul(a, b);
      read(gradient, t);
      return gradient;
    });
    expect(after.nodes.map((n) => n.op.name)).toEqual(ops);
    expect(resultsOn(after)).toEqual(resultsOn(before));
  });

  it('leaves terms apart one of which another node reads', () => {
    const [before, after] = accumulated((a, b, t) => {
      const term = matmul(a, b);
      t.output('e', exp(term));
      return add(term, matmul(mul(a, 2), b));
    });
    expect(resultsOn(after)).toEqual(resultsOn(before));
    expect(after.nodes.filter(({ op }) => op.name === 'matmul')).toHaveLength(2);
  });
});

describe('fuse-additions', () => {
  const products = (body: (product: Tensor, t: Trace) => void): string[] => {
    const graph = trace('program', (t) => {
      const [a, b] = [t.input('batch', 'a', [3, 4], 'f32'), t.input('batch', 'b', [4, 3], 'f32')];
      body(matmul(a, b), t);
    });
    const after = runPasses(graph, [fuseAdditions(target), eliminateDead], { verify: true });
    expect(resultsOn(after)).toEqual(resultsOn(graph));
    return after.nodes.map(({ op }) => op.name).filter((name) => name.startsWith('matmul'));
  };

  it('adds to a product that nobody else reads, in its own phase', () => {
    expect(
      products((product, t) => t.output('y', add(product, t.input('batch', 'r', [3, 3], 'f32')))),
    ).toEqual(['matmul_accumulate']);
    expect(
      products((product, t) =>
        t.at('', 'backward', () =>
          t.output('y', add(product, t.input('batch', 'r', [3, 3], 'f32'))),
        ),
      ),
    ).toEqual(['matmul']);
  });

  it('adds the earlier of two products to the later one', () => {
    const graph = trace('program', (t) => {
      const x = (name: string): Tensor => t.input('batch', name, [3, 3], 'f32');
      t.output('y', add(matmul(x('c'), x('d')), exp(matmul(x('a'), x('b')))));
      t.output('z', add(matmul(x('e'), x('f')), matmul(x('g'), x('h'))));
    });
    const after = runPasses(graph, [fuseAdditions(target), eliminateDead], { verify: true });
    expect(resultsOn(after)).toEqual(resultsOn(graph));
    const products = after.nodes.filter(({ op }) => op.name === 'matmul_accumulate');
    expect(products.map(({ inputs }) => inputs[0]?.input?.name)).toEqual(['c', 'g']);
  });

  it('computes a product with a second reader once', () => {
    expect(
      products((product, t) => {
        t.output('y', add(product, t.input('batch', 'r', [3, 3], 'f32')));
        t.output('e', exp(product));
      }),
    ).toEqual(['matmul']);
  });
});

describe('recompute', () => {
  it('computes an op that is marked once only once', () => {
    const onceOp: OpDefinition = { ...builtinOps.exp, name: 'once_exp', once: true };
    const graph = trace('program', (t) => {
      const x = t.input('parameter', 'x', [4], 'f32');
      const layer = (name: string, u: Tensor): Tensor =>
        t.within(name, () => {
          const v = sin(u);
          return sin(mul(mul(v, t.apply(onceOp, [v], {})[0]!), 2));
        });
      const z = layer('layers.1', layer('layers.0', x));
      const [dx] = gradients(sum(z), [x]);
      t.output('dx', dx!);
    });
    for (const { graph: result } of [
      recomputeLayers(graph, new Set(['layers.0', 'layers.1'])),
      recomputeCheap(graph),
    ]) {
      verifyGraph(result);
      const again = result.nodes.filter(({ phase }) => phase === 'recompute');
      expect(again.length).toBeGreaterThan(0);
      expect(result.nodes.filter(({ op }) => op.name === 'once_exp')).toHaveLength(2);
    }
  });
});
