// What passes must leave as it is: values that a second node reads, phases that differ, ops that
// are marked once. The numbers stay the same, and nothing is computed twice.
import { describe, expect, it } from 'vitest';
import {
  add,
  builtinOps,
  constant,
  exp,
  gradientAccumulate,
  gradients,
  hostTensor,
  linearCrossEntropy,
  matmul,
  mul,
  recomputeCheap,
  recomputeLayers,
  reshape,
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
import { fuseBiasGradients } from '../../src/passes/fuse-gradients.js';
import { fuseLoss } from '../../src/passes/fuse-loss.js';

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

describe('fuse-bias-gradients', () => {
  const ops = (otherKeep: boolean, late: boolean): string[] => {
    const graph = trace('program', (t) => {
      const [x, dy] = [
        t.input('batch', 'x', [4, 5], 'f32'),
        exp(t.input('batch', 'd', [5, 3], 'f32')),
      ];
      const rows = (): Tensor => sum(reshape(dy, [5, 1, 3]), [0, 1]);
      const [weight, bias] = [
        t.input('state', 'w', [4, 3], 'f32'),
        t.input('state', 'b', [3], 'f32'),
      ];
      const keep = t.input('scalar', 'keep', [], 'f32');
      const early = late ? undefined : rows();
      const attrs = { out_dtype: null, compute: 'f32' } as const;
      t.assign(weight, t.apply(builtinOps.matmul_accumulate, [x, dy, weight, keep], attrs)[0]!);
      const other = otherKeep ? t.input('scalar', 'other', [], 'f32') : keep;
      t.assign(bias, gradientAccumulate(bias, early ?? rows(), other));
    });
    const after = runPasses(graph, [fuseBiasGradients(target), eliminateDead], { verify: true });
    expect(resultsOn(after)).toEqual(resultsOn(graph));
    return after.nodes.map(({ op }) => op.name).filter((name) => name.includes('accumulate'));
  };

  it('takes along rows that are there before the product', () => {
    expect(ops(false, false)).toEqual(['matmul_accumulate_with_sum']);
    expect(ops(false, true)).toEqual(['matmul_accumulate', 'gradient_accumulate']);
  });

  it('leaves states apart that are kept by different factors', () => {
    expect(ops(true, false)).toEqual(['matmul_accumulate', 'gradient_accumulate']);
  });
});

describe('fuse-loss', () => {
  it('joins a loss with its gradient only where the adjoint is 1', () => {
    const ops = (factor: number | undefined): string[] => {
      const graph = trace('program', (t) => {
        const x = t.input('parameter', 'x', [3, 4], 'f32');
        const { loss } = linearCrossEntropy(
          x,
          t.input('parameter', 'w', [7, 4], 'f32'),
          constant([2, 0, 6], [3], 'i32', t),
          t.input('scalar', 'scale', [], 'f32'),
        );
        const scaled = factor === undefined ? loss : mul(loss, factor);
        t.output('dx', gradients(scaled, [x])[0]!);
      });
      const after = runPasses(graph, [fuseLoss, eliminateDead], { verify: true });
      expect(resultsOn(after)).toEqual(resultsOn(graph));
      return after.nodes.map(({ op }) => op.name).filter((name) => name.startsWith('linear_'));
    };
    expect(ops(undefined)).toEqual(['linear_cross_entropy_with_gradient']);
    expect(ops(2)).toEqual(['linear_cross_entropy_backward']);
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
