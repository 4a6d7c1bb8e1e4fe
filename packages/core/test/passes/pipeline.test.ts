// Decomposition and the order of passes, on small programs.
import { describe, expect, it } from 'vitest';
import { add, exp, mul, printGraph, rmsNorm, runPasses, trace } from '../../src/index.js';
import { gatedActivationOp } from '../../src/ops/vocabulary.js';
import { decompose } from '../../src/passes/decompose.js';
import { passesFor, type PassEvent } from '../../src/passes/pipeline.js';
import { input, rewritten } from './rewritten.js';

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
    const graph = rewritten(
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
      rewritten(
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
    expect(passesFor(target).map((p) => p.name)).toMatchInlineSnapshot(`
      [
        "fuse-loss",
        "simplify",
        "fold-constants",
        "share-common",
        "eliminate-dead",
        "fuse-accumulation",
        "eliminate-dead",
        "order-updates",
        "recompute",
        "decompose",
        "simplify",
        "fold-constants",
        "share-common",
        "eliminate-dead",
        "fuse-additions",
        "fuse-bias-gradients",
        "join-products",
        "batch-accumulation",
        "batch-updates",
        "fuse-copies",
        "eliminate-dead",
        "fuse-elementwise",
        "eliminate-dead",
        "order-updates",
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
