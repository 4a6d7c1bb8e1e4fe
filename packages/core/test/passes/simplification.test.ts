// Small passes, seen in printed graphs before and after.
import { describe, expect, it } from 'vitest';
import {
  add,
  arange,
  cast,
  constant,
  cos,
  defineOp,
  exp,
  expand,
  full,
  mul,
  neg,
  permute,
  printGraph,
  reshape,
  rmsNorm,
  runPasses,
  slice,
  sum,
  trace,
  verifyGraph,
  type Attributes,
  type Graph,
  type OpDefinition,
  type Pass,
  type Tensor,
  type Trace,
} from '../../src/index.js';
import {
  castOp,
  expandOp,
  gatedActivationOp,
  permuteOp,
  reshapeOp,
  sliceOp,
} from '../../src/ops/vocabulary.js';
import { decompose } from '../../src/passes/decompose.js';
import { eliminateDead } from '../../src/passes/eliminate-dead.js';
import { foldConstants } from '../../src/passes/fold-constants.js';
import { passesFor, type PassEvent } from '../../src/passes/pipeline.js';
import { shareCommon } from '../../src/passes/share-common.js';
import { simplify } from '../../src/passes/simplify.js';

const input = (t: Trace, name = 'x', shape: number[] = [4, 6]): Tensor =>
  t.input('batch', name, shape, 'f32');

/** Ops left after the passes, and dead ones removed. */
function run(body: (t: Trace) => void, ...passes: Pass[]): Graph {
  const graph = runPasses(trace('program', body), [...passes, eliminateDead], { verify: true });
  verifyGraph(graph);
  return graph;
}
const ops = (graph: Graph): string[] => graph.nodes.map((n) => n.op.name);

/** A node that the user function of its op would have skipped. */
const node = (x: Tensor, op: unknown, attrs: Attributes): Tensor =>
  x.trace.apply(op as OpDefinition, [x], attrs)[0];

describe('eliminate-dead', () => {
  const effect: OpDefinition<Record<string, never>> = defineOp({
    name: 'test_effect',
    summary: 'an op with effects',
    operands: ['x'],
    infer: ({ x }) => [x],
    reference: ({ x }) => [x],
    once: true,
    samples: [],
  });
  it('keeps what outputs, assigns and effects need', () => {
    const graph = run((t) => {
      const x = input(t);
      neg(exp(x));
      t.apply(effect, [mul(x, x)], {});
      const state = t.input('state', 's', [4, 6], 'f32');
      t.assign(state, add(state, x));
    });
    expect(ops(graph)).toEqual(['mul', 'test_effect', 'add']);
  });
});

describe('simplify', () => {
  const same: [string, (x: Tensor) => Tensor][] = [
    ['identity reshape', (x) => node(x, reshapeOp, { shape: [4, 6] })],
    ['identity cast', (x) => node(x, castOp, { to: 'f32' })],
    ['identity permute', (x) => node(x, permuteOp, { dims: [0, 1] })],
    ['identity expand', (x) => node(x, expandOp, { shape: [4, 6] })],
    ['whole slice', (x) => node(x, sliceOp, { start: [0, 0], end: [4, 6], step: [1, 1] })],
    ['sum over a dimension of one', (x) => sum(reshape(x, [4, 1, 6]), [1])],
    ['reshape there and back', (x) => reshape(reshape(x, [24]), [4, 6])],
    ['permute there and back', (x) => permute(permute(x, [1, 0]), [1, 0])],
    ['exact cast there and back', (x) => cast(cast(x, 'f64'), 'f32')],
    ['product with one', (x) => mul(mul(1, x), full([6], 1, 'f32', x.trace))],
  ];
  it.each(same)('removes %s', (_, body) => {
    const graph = run((t) => t.output('y', body(input(t))), simplify);
    expect(ops(graph)).toEqual([]);
  });

  it('merges views of views', () => {
    const graph = run(
      (t) =>
        t.output(
          'y',
          permute(permute(reshape(reshape(input(t), [24]), [2, 3, 4]), [1, 2, 0]), [1, 2, 0]),
        ),
      simplify,
    );
    expect(printGraph(graph, graph.nodes)).toMatchInlineSnapshot(`
      "graph program
        batch x: f32[4,6]
        %2: f32[2,3,4] = reshape(x) {shape: [2,3,4]}
        %4: f32[4,2,3] = permute(%2) {dims: [2,0,1]}
        output y = %4"
    `);
  });

  it('composes permutes in their order', () => {
    const graph = run(
      (t) => t.output('y', permute(permute(input(t, 'x', [2, 3, 4]), [1, 2, 0]), [0, 2, 1])),
      simplify,
    );
    expect(graph.nodes.map(({ attrs, outputs }) => [attrs['dims'], outputs[0]!.shape])).toEqual([
      [
        [1, 0, 2],
        [3, 2, 4],
      ],
    ]);
  });

  it('removes sums over dimensions of size one, and no others', () => {
    const sums = (dims: number[]): string[] =>
      ops(run((t) => t.output('y', sum(input(t, 'x', [1, 4, 1]), dims)), simplify));
    expect(sums([0, 2])).toEqual(['reshape']);
    expect(sums([0, 1])).toEqual(['sum']);
  });

  it('keeps casts that lose bits and products that broadcast', () => {
    expect(ops(run((t) => t.output('y', cast(cast(input(t), 'bf16'), 'f32')), simplify))).toEqual([
      'cast',
      'cast',
    ]);
    expect(
      ops(run((t) => t.output('y', mul(input(t, 'x', [6]), full([4, 6], 1, 'f32', t))), simplify)),
    ).toEqual(['full', 'mul']);
  });
});

describe('share-common', () => {
  it('merges equal nodes of one phase, constants by content', () => {
    const graph = run((t) => {
      const x = input(t);
      const table = (): Tensor => constant([1, 2, 3, 4, 5, 6], [6], 'f32');
      const a = add(exp(mul(x, table())), exp(mul(x, table())));
      t.at('', 'backward', () => t.output('y', add(a, exp(mul(x, table())))));
    }, shareCommon);
    expect(graph.nodes.map((n) => `${n.op.name} ${n.phase}`)).toEqual([
      'constant forward',
      'mul forward',
      'exp forward',
      'add forward',
      'mul backward',
      'exp backward',
      'add backward',
    ]);
  });

  it('keeps constants apart whose bytes have one fingerprint', () => {
    // FNV-1a gives both the same 32 bits.
    const numbers = [
      [213043, 723981],
      [14038972, 11908555],
    ];
    const graph = run((t) => {
      numbers.forEach((pair, i) => t.output(`y${i}`, constant(pair, [2], 'i32', t)));
    }, shareCommon);
    expect(ops(graph)).toEqual(['constant', 'constant']);
  });

  it('keeps apart what differs in an attribute, in zero sign or by being marked once', () => {
    const once: OpDefinition<Record<string, never>> = defineOp({
      name: 'test_once',
      summary: 'not to be merged',
      operands: ['x'],
      infer: ({ x }) => [x],
      reference: ({ x }) => [x],
      once: true,
      samples: [],
    });
    const graph = run((t) => {
      const x = input(t);
      const values = [
        mul(x, 0),
        mul(x, -0),
        full([3], 0, 'f32', t),
        full([3], -0, 'f32', t),
        slice(x, [0, 0], [3, 6]),
        slice(x, [1, 0], [4, 6]),
        t.apply(once, [x], {})[0],
        t.apply(once, [x], {})[0],
      ];
      values.forEach((v, i) => t.output(`y${i}`, v));
    }, shareCommon);
    expect(ops(graph)).toEqual([
      'constant',
      'mul',
      'constant',
      'mul',
      'full',
      'full',
      'slice',
      'slice',
      'test_once',
      'test_once',
    ]);
  });
});

describe('fold-constants', () => {
  it('evaluates a chain once, at its end, rounded as the program would', () => {
    const graph = run(
      (t) => t.output('y', mul(input(t), cos(mul(cast(arange(0, 6), 'f32'), 0.1)))),
      foldConstants,
    );
    expect(ops(graph)).toEqual(['constant', 'mul']);
    const data = [...(graph.nodes[0]!.attrs['data'] as Float64Array)];
    expect(data).toEqual(
      Array.from({ length: 6 }, (_, i) => Math.fround(Math.cos(Math.fround(i * Math.fround(0.1))))),
    );
  });

  it('leaves repetition a view, and what depends on data alone', () => {
    const graph = run(
      (t) =>
        t.output('y', add(input(t), expand(exp(constant([1, 2, 3, 4], [4, 1], 'f32')), [4, 6]))),
      foldConstants,
    );
    expect(ops(graph)).toEqual(['constant', 'expand', 'add']);
  });

  it('does not grow the program by large tables', () => {
    const graph = run(
      (t) =>
        t.output(
          'y',
          add(
            input(t, 'x', [5000, 1000]),
            cast(reshape(arange(0, 5_000_000, 1, 'i32'), [5000, 1000]), 'f32'),
          ),
        ),
      foldConstants,
    );
    expect(ops(graph)).toEqual(['arange', 'reshape', 'cast', 'add']);
  });
});

describe('decompose', () => {
  it('replaces what has no kernel, and only that', () => {
    const kernels = Object.fromEntries(
      ['cast', 'silu', 'mul', 'rms_norm'].map((name) => [
        name,
        name === 'rms_norm'
          ? {
              accepts: ({ inputs }: { inputs: readonly ({ dtype: string } | undefined)[] }) =>
                inputs[0]!.dtype === 'f32',
            }
          : {},
      ]),
    );
    const graph = run(
      (t) => {
        const x = rmsNorm(input(t), undefined, 1e-5);
        t.output(
          'y',
          t.within('mlp', () => t.apply(gatedActivationOp, [x, x], { activation: 'silu' }))[0],
        );
      },
      decompose({ backend: 'test', kernels }),
    );
    expect(printGraph(graph, graph.nodes)).toMatchInlineSnapshot(`
      "graph program
        batch x: f32[4,6]
        %1: f32[4,6], %2: f32[4] = rms_norm(x, -) {eps: 0.00001, weight_offset: 0}
        %3: f32[4,6] = silu(%1)  # mlp
        %4: f32[4,6] = mul(%3, %1)  # mlp
        output y = %4"
    `);
  });

  it('names op, backend and scope of a primitive without kernel', () => {
    expect(() =>
      run(
        (t) =>
          t.output(
            'y',
            t.within('model.mlp', () => exp(input(t))),
          ),
        decompose({ backend: 'tiny', kernels: { exp: 'decompose' } }),
      ),
    ).toThrow('primitive op exp in model.mlp has no kernel on backend tiny');
  });
});

describe('the pipeline', () => {
  const target = { backend: 'test', kernels: { add: {}, mul: {}, exp: {}, neg: {} } };
  it('runs passes in one order, and leaves out those named', () => {
    expect(passesFor(target, { arenaBudget: 1 }).map((p) => p.name)).toMatchInlineSnapshot(`
      [
        "fuse-loss",
        "simplify",
        "fold-constants",
        "share-common",
        "eliminate-dead",
        "fuse-accumulation",
        "eliminate-dead",
        "recompute",
        "decompose",
        "simplify",
        "fold-constants",
        "share-common",
        "eliminate-dead",
        "fuse-additions",
        "fuse-bias-gradients",
        "batch-accumulation",
        "fuse-copies",
        "eliminate-dead",
        "fuse-elementwise",
        "eliminate-dead",
      ]
    `);
    expect(
      passesFor(target, { disable: ['fuse-loss', 'simplify', 'decompose'] }).map((p) => p.name),
    ).not.toEqual(expect.arrayContaining(['simplify']));
    expect(() => passesFor(target, { disable: ['simplfy'] })).toThrow(
      'there is no pass named simplfy',
    );
  });

  it('shows what a pass changed', () => {
    const events: PassEvent[] = [];
    const graph = trace('program', (t) => t.output('y', add(mul(exp(input(t)), 1), exp(input(t)))));
    runPasses(graph, passesFor(target), { onPass: (event) => events.push(event) });
    expect(events.filter((e) => e.diff().length > 0).map((e) => [e.pass.name, ...e.diff()]))
      .toMatchInlineSnapshot(`
      [
        [
          "simplify",
          "-   %3: f32[4,6] = mul(%1, %2)",
          "-   %5: f32[4,6] = add(%3, %4)",
          "+   %5: f32[4,6] = add(%1, %4)",
        ],
        [
          "share-common",
          "-   %3: f32[4,6] = exp(x)",
          "-   %4: f32[4,6] = add(%1, %3)",
          "+   %4: f32[4,6] = add(%1, %1)",
        ],
        [
          "eliminate-dead",
          "-   %2: f32[] = constant() {shape: [], dtype: "f32", data: [1]}",
        ],
      ]
    `);
  });
});
