// Pieces that are joined, sums that join products, bias gradients that join weight gradients, and
// gradients that are added to their states together.
import { describe, expect, it } from 'vitest';
import {
  add,
  builtinOps,
  cat,
  FUSION_PASSES,
  gradientAccumulate,
  gradients,
  hostTensor,
  linear,
  mul,
  passesFor,
  runPasses,
  runReference,
  sum,
  trace,
  type Graph,
  type HostTensor,
  type KernelTable,
} from '../../src/index.js';
import { linearAccumulateOp } from '../../src/ops/linear/linear-accumulate.js';

const kernels: KernelTable = Object.fromEntries(
  Object.keys(builtinOps).map((name) => [name, { acceptsView: () => true }]),
);

/** Two linear maps with biases and a residual connection, trained. */
function training(): Graph {
  return trace('micro', (t) => {
    const x = t.input('batch', 'x', [4, 3], 'f32');
    const parameters = (['w1', 'b1', 'w2', 'b2'] as const).map((name) =>
      t.input('parameter', name, name.startsWith('w') ? [3, 3] : [3], 'f32'),
    );
    const keep = t.input('scalar', 'keep', [], 'f32');
    const [w1, b1, w2, b2] = parameters;
    const h = add(x, linear(x, w1!, b1));
    const y = add(linear(mul(h, h), w2!, b2), h);
    const loss = sum(mul(y, y));
    gradients(loss, parameters).forEach((gradient, i) => {
      const name = parameters[i]!.value.input!.name;
      const state = t.input('state', `gradient.${name}`, parameters[i]!.shape, 'f32');
      t.at('', 'backward', () => t.assign(state, gradientAccumulate(state, gradient!, keep)));
    });
    const total = t.input('state', 'loss_sum', [], 'f32');
    t.assign(total, gradientAccumulate(total, loss, keep));
  });
}

function feedsOf(graph: Graph, keep: number): ReadonlyMap<string, HostTensor> {
  return new Map(
    graph.inputs.map((v, k) => [
      v.input!.name,
      v.input!.name === 'keep'
        ? hostTensor('f32', [], [keep])
        : hostTensor(
            'f32',
            v.shape,
            Float64Array.from({ length: v.shape.reduce((a, b) => a * b, 1) }, (_, i) =>
              Math.sin(7 * k + i),
            ),
          ),
    ]),
  );
}

const count = (graph: Graph, name: string): number =>
  graph.nodes.filter((n) => n.op.name === name).length;
const compile = (disable: readonly string[]): Graph =>
  runPasses(training(), passesFor({ backend: 'test', kernels }, { disable }), { verify: true });

describe('fusion of a training step', () => {
  it.each(FUSION_PASSES.map((name) => [name]))(
    '%s alone, and its absence, keep the results',
    (name) => {
      for (const disable of [FUSION_PASSES.filter((other) => other !== name), [name]]) {
        for (const keep of [0, 1]) {
          const [plain, fused] = [compile(FUSION_PASSES), compile(disable)].map(
            (graph) => runReference(graph, feedsOf(graph, keep)).assigns,
          );
          expect([...fused!.keys()]).toEqual([...plain!.keys()]);
          for (const [state, { data }] of plain!)
            data.forEach((value: number | bigint, i: number) =>
              expect(
                Math.abs(Number(value) - Number(fused!.get(state)!.data[i])),
                state,
              ).toBeLessThan(1e-12),
            );
        }
      }
    },
  );

  it('adds to products where they are made', () => {
    const graph = compile([]);
    const sums = graph.nodes.filter((n) => n.op.name === 'linear_accumulate');
    expect(sums).toHaveLength(2);
    expect(
      sums.every((n) => (n.op as unknown) === linearAccumulateOp && n.phase === 'forward'),
    ).toBe(true);
    expect(count(graph, 'add')).toBe(0);
  });

  it('sums rows beside the product of the same adjoint', () => {
    const graph = compile([]);
    expect(count(graph, 'matmul_accumulate_with_sum')).toBe(2);
    expect(count(graph, 'matmul_accumulate')).toBe(
      count(compile(['fuse-bias-gradients']), 'matmul_accumulate') - 2,
    );
  });

  it('adds gradients of one keep together', () => {
    expect(count(compile(['fuse-bias-gradients']), 'gradient_accumulate_many')).toBe(1);
    expect(count(compile(['fuse-bias-gradients']), 'gradient_accumulate')).toBe(0);
    // One alone needs no company.
    expect(count(compile([]), 'gradient_accumulate')).toBe(1);
  });

  it('joins pieces in one kernel', () => {
    const graph = trace('joined', (t) =>
      t.output(
        'z',
        cat([t.input('batch', 'a', [2, 3], 'f32'), t.input('batch', 'b', [2, 1], 'f32')], 1),
      ),
    );
    const after = runPasses(graph, passesFor({ backend: 'test', kernels }), { verify: true });
    expect(after.nodes.map((n) => n.op.name)).toEqual(['concatenate']);
    const feeds = new Map([
      ['a', hostTensor('f32', [2, 3], [1, 2, 3, 4, 5, 6])],
      ['b', hostTensor('f32', [2, 1], [7, 8])],
    ]);
    expect([...runReference(after, feeds).outputs.get('z')!.data]).toEqual([
      1, 2, 3, 7, 4, 5, 6, 8,
    ]);
  });

  it('does without kernels that a target lacks', () => {
    const names = [
      'linear_accumulate',
      'matmul_accumulate_with_sum',
      'gradient_accumulate_many',
      'fused_elementwise',
    ];
    const few = Object.fromEntries(
      Object.entries(kernels).filter(([name]) => !names.includes(name)),
    );
    const graph = runPasses(training(), passesFor({ backend: 'test', kernels: few }), {
      verify: true,
    });
    expect(graph.nodes.filter((n) => names.includes(n.op.name))).toEqual([]);
  });
});
