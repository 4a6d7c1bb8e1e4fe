// Chains of elementwise nodes: what joins, what does not, and that the numbers keep every bit.
import { describe, expect, it } from 'vitest';
import {
  add,
  and,
  builtinOps,
  cast,
  constant,
  exp,
  expand,
  hostTensor,
  matmul,
  mean,
  mul,
  permute,
  printGraph,
  reshape,
  rsqrt,
  runPasses,
  runReference,
  silu,
  sub,
  sum,
  trace,
  verifyGraph,
  where,
  gt,
  type Graph,
  type HostTensor,
  type KernelTable,
  type Tensor,
  type Trace,
} from '../../src/index.js';
import { fuseElementwise } from '../../src/passes/fuse-elementwise.js';

const kernels: KernelTable = Object.fromEntries(
  Object.keys(builtinOps).map((name) => [name, { acceptsView: () => true }]),
);
const pass = fuseElementwise({ backend: 'test', kernels });

/**
 * The graph of `body` over x f32[4,6], y f32[4,6] and w f32[6] before and after the pass; results
 * must agree in every bit.
 */
function fused(body: (x: Tensor, y: Tensor, w: Tensor, t: Trace) => void): Graph {
  const before = trace('g', (t) =>
    body(
      t.input('batch', 'x', [4, 6], 'f32'),
      t.input('batch', 'y', [4, 6], 'f32'),
      t.input('parameter', 'w', [6], 'f32'),
      t,
    ),
  );
  const after = runPasses(before, [pass], { verify: true });
  const numbers = (n: number, from: number): HostTensor['data'] =>
    Float64Array.from({ length: n }, (_, i) => Math.fround(Math.sin(from + i)));
  const feeds = new Map<string, HostTensor>([
    ['x', { shape: [4, 6], dtype: 'f32', data: numbers(24, 1) }],
    ['y', { shape: [4, 6], dtype: 'f32', data: numbers(24, 40) }],
    ['w', { shape: [6], dtype: 'f32', data: numbers(6, 90) }],
  ]);
  const [wanted, found] = [
    runReference(before, feeds, 'typed').outputs,
    runReference(after, feeds, 'typed').outputs,
  ];
  expect([...found.keys()]).toEqual([...wanted.keys()]);
  for (const [name, tensor] of wanted) expect(found.get(name)!.data, name).toEqual(tensor.data);
  return after;
}

const ops = (graph: Graph): string[] =>
  graph.nodes.filter((n) => n.op.view !== true && n.op.name !== 'constant').map((n) => n.op.name);

describe('fuse-elementwise', () => {
  it('writes a chain as a program, numbers inside it', () => {
    const graph = fused((x, y, w, t) => t.output('z', mul(silu(add(mul(x, w), 0.5)), y)));
    expect(printGraph(graph)).toMatchInlineSnapshot(`
      "graph g
        parameter w: f32[6]
        batch x: f32[4,6]
        batch y: f32[4,6]
        %3: f32[] = constant() {shape: [], dtype: "f32", data: [0.5]}
        %4: f32[4,6] = fused_elementwise(x, w, y) {program: [mul x0 x1,add t0 f32:0.5,silu t1,mul t2 x2], results: [3], shape: [4,6]}
        output z = %4"
    `);
  });

  it('keeps a folded bool literal true', () => {
    const graph = fused((x, y, _w, t) => {
      const open = constant([1], [], 'bool', t);
      t.output('z', where(and(open, gt(x, 0)), y, 0));
    });
    expect(printGraph(graph)).toContain('and bool:true t0');
  });

  it('hands out results that others read as well', () => {
    const graph = fused((x, y, w, t) => {
      const h = add(x, y);
      t.output('h', h);
      t.output('z', matmul(mul(h, w), permute(y, [1, 0])));
    });
    expect(ops(graph)).toEqual(['fused_elementwise', 'matmul']);
    expect(graph.nodes.find((n) => n.op.name === 'fused_elementwise')!.outputs).toHaveLength(2);
  });

  it('does not carry a chain past a node that reads it', () => {
    const graph = fused((x, y, _w, t) => {
      const h = exp(add(x, y));
      t.output('z', sub(h, sum(h, [1], true)));
    });
    expect(ops(graph)).toEqual(['fused_elementwise', 'sum', 'sub']);
  });

  it(
    'computes what is the same for a row inside the chain that uses it, where nobody else ' +
      'reads it',
    () => {
      const norm = (x: Tensor, w: Tensor): Tensor =>
        mul(mul(x, rsqrt(add(mean(mul(x, x), [1], true), 1e-6))), w);
      const wide = trace('g', (t) =>
        t.output(
          'z',
          norm(t.input('batch', 'x', [4, 64], 'f32'), t.input('parameter', 'w', [64], 'f32')),
        ),
      );
      expect(ops(runPasses(wide, [pass], { verify: true }))).toEqual([
        'fused_reduction',
        'fused_elementwise',
      ]);
      // Short rows: a costly function stays outside.
      expect(ops(fused((x, _y, w, t) => t.output('z', norm(x, w))))).toEqual([
        'fused_reduction',
        'fused_elementwise',
        'fused_elementwise',
      ]);
    },
  );

  it('ends a chain with the sum that alone reads it, through a reshape as well', () => {
    expect(ops(fused((x, y, w, t) => t.output('z', sum(mul(add(x, w), y), [0]))))).toEqual([
      'fused_reduction',
    ]);
    expect(
      ops(fused((x, y, _w, t) => t.output('z', sum(reshape(mul(x, y), [4, 2, 3]), [0, 2])))),
    ).toEqual(['fused_reduction']);
    const shared = fused((x, y, _w, t) => {
      const product = mul(x, y);
      t.output('product', product);
      t.output('z', mean(product, [1]));
    });
    expect(ops(shared)).toEqual(['mul', 'mean']);
  });

  it('reads through reshapes and expands', () => {
    const graph = fused((x, y, w, t) => {
      const h = reshape(mul(x, w), [4, 2, 3]);
      t.output('z', add(h, reshape(y, [4, 2, 3])));
      t.output('s', where(gt(expand(mul(w, 2), [4, 6]), x), y, 0));
    });
    expect(ops(graph)).toEqual(['fused_elementwise', 'fused_elementwise']);
  });

  it('reads one operand in two shapes', () => {
    const graph = fused((_x, _y, w, t) => {
      const column = reshape(w, [6, 1]);
      t.output('z', add(reshape(mul(column, 2), [1, 6]), column));
    });
    expect(ops(graph)).toEqual(['fused_elementwise']);
  });

  it('leaves forward, recomputed and backward values apart', () => {
    const graph = fused((x, y, w, t) => {
      const z = exp(mul(x, w));
      t.output('z', z);
      t.output('unread', mul(add(x, 1), y));
      const again = t.at('', 'recompute', () => exp(mul(y, w)));
      t.at('', 'backward', () => {
        t.output('dx', mul(mul(z, again), 2));
        t.output(
          's',
          sum(
            t.at('', 'recompute', () => mul(add(x, y), w)),
            [1],
          ),
        );
      });
    });
    const nodes = graph.nodes.filter(({ op }) => op.view !== true && op.name !== 'constant');
    expect(nodes.map(({ op, phase }) => `${op.name} ${phase}`)).toEqual([
      'fused_elementwise forward',
      'fused_elementwise forward',
      'fused_elementwise recompute',
      'fused_elementwise recompute',
      'sum backward',
      'fused_elementwise backward',
    ]);
    verifyGraph(graph);
  });

  it('keeps f64 and narrow intermediates as they are', () => {
    const graph = fused((x, y, w, t) => {
      t.output('narrow', cast(mul(add(cast(x, 'bf16'), cast(y, 'bf16')), cast(w, 'bf16')), 'f32'));
      t.output('wide', add(mul(cast(x, 'f64'), 2), 1));
    });
    expect(ops(graph)).toContain('fused_elementwise');
    expect(ops(graph)).toEqual(expect.arrayContaining(['mul', 'add']));
  });

  it('does nothing for a target without the kernel', () => {
    const graph = trace('g', (t) => t.output('z', exp(mul(t.input('batch', 'x', [2], 'f32'), 2))));
    expect(
      fuseElementwise({ backend: 'test', kernels: { exp: {}, mul: {} } }).run(graph).graph,
    ).toBe(graph);
  });

  it('cuts very long chains, and takes many operands in several', () => {
    const graph = trace('g', (t) => {
      let sum = t.input('batch', 'x0', [2], 'f32');
      for (let i = 1; i < 30; i++) sum = add(sum, t.input('batch', `x${i}`, [2], 'f32'));
      for (let i = 0; i < 100; i++) sum = mul(sum, 1.01);
      t.output('z', sum);
    });
    const after = runPasses(graph, [pass], { verify: true });
    expect(ops(after).length).toBeLessThan(10);
    const feeds = new Map(
      graph.inputs.map((v, i) => [v.input!.name, hostTensor('f32', [2], [i, 1])] as const),
    );
    expect(runReference(after, feeds, 'typed').outputs.get('z')!.data).toEqual(
      runReference(graph, feeds, 'typed').outputs.get('z')!.data,
    );
  });
});
