// Passes on a small training step: the fused loss, gradient accumulation and recompute.
import { describe, expect, it } from 'vitest';
import {
  add,
  builtinOps,
  compileGraph,
  exp,
  matmul,
  mul,
  runPasses,
  trace,
  verifyGraph,
  type Graph,
} from '../../src/index.js';
import { layerScopeOf, recomputeCheap, recomputeLayers } from '../../src/passes/recompute.js';
import { fuseAccumulation } from '../../src/passes/fuse-accumulation.js';
import { fuseLoss } from '../../src/passes/fuse-loss.js';
import { printedLines, target } from './rewritten.js';
import { tinyForward, tinyTraining } from './tiny-model.js';

describe('fuse-loss', () => {
  it('joins loss and adjoints', () => {
    const graph = runPasses(tinyTraining({ layers: 1 }), [fuseLoss], { verify: true });
    expect(graph.nodes.map((n) => n.op.name).filter((n) => n.startsWith('linear_cross'))).toEqual([
      'linear_cross_entropy_with_gradient',
    ]);
  });
  it('leaves a loss without gradient', () => {
    const graph = tinyForward();
    expect(runPasses(graph, [fuseLoss]).nodes.map((n) => n.op.name)).toEqual(
      graph.nodes.map((n) => n.op.name),
    );
  });
});

describe('fuse-accumulation', () => {
  it('chains terms in the order in which they are made, whatever makes them', () => {
    const graph = trace('program', (t) => {
      const state = t.input('state', 'g', [3, 3], 'f32');
      const [a, b] = [t.input('batch', 'a', [3, 4], 'f32'), t.input('batch', 'b', [4, 3], 'f32')];
      const terms = [
        matmul(a, b),
        exp(t.input('batch', 'c', [3, 3], 'f32')),
        matmul(a, mul(b, 2)),
      ] as const;
      t.assign(
        state,
        t.apply(
          builtinOps.gradient_accumulate,
          [state, add(terms[2], add(terms[1], terms[0])), t.input('scalar', 'keep', [], 'f32')],
          {},
        )[0],
      );
    });
    expect(printedLines(runPasses(graph, [fuseAccumulation], { verify: true })))
      .toMatchInlineSnapshot(`
      [
        "%5: f32[3,3] = matmul_accumulate(a, b, g, keep) {compute: "f32"}",
        "%6: f32[3,3] = exp(c)",
        "%7: f32[] = constant() {shape: [], dtype: "f32", data: [1]}",
        "%8: f32[3,3] = gradient_accumulate(%5, %6, %7)",
        "%9: f32[] = constant() {shape: [], dtype: "f32", data: [2]}",
        "%10: f32[4,3] = mul(b, %9)",
        "%11: f32[] = constant() {shape: [], dtype: "f32", data: [1]}",
        "%12: f32[3,3] = matmul_accumulate(a, %10, %8, %11) {compute: "f32"}",
        "%13: f32[] = constant() {shape: [], dtype: "f32", data: [1]}",
        "assign g <- %12",
      ]
    `);
  });
});

describe('recompute', () => {
  it('finds the layer of a scope', () => {
    expect(
      ['model.layers.3.mlp', 'layers.12', 'model.norm', 'h.0.attn.1', ''].map(layerScopeOf),
    ).toEqual(['model.layers.3', 'layers.12', undefined, 'h.0', undefined]);
  });

  it('keeps what a layer hands on and computes the rest again, before its first reader', () => {
    const graph = tinyTraining({ layers: 2 });
    const { graph: result } = recomputeLayers(graph, new Set(['layers.0']));
    verifyGraph(result);
    const recomputed = result.nodes.filter((n) => n.phase === 'recompute');
    expect(recomputed.map((n) => n.op.name)).toMatchInlineSnapshot(`
      [
        "rms_norm",
        "linear",
        "reshape",
        "linear",
        "reshape",
        "linear",
        "reshape",
        "attention",
        "reshape",
        "linear",
        "add",
        "rms_norm",
        "linear",
        "linear",
        "gated_activation",
      ]
    `);
    expect(new Set(recomputed.map((n) => n.scope))).toEqual(new Set(['layers.0']));
    // Only the layer's result, which the next layer's backward pass reads, crosses from forward to
    // backward.
    const forward = new Set(
      result.nodes
        .filter((n) => n.phase === 'forward' && n.scope === 'layers.0')
        .flatMap((n) => n.outputs),
    );
    const saved = new Set(
      result.nodes
        .filter((n) => n.phase !== 'forward')
        .flatMap((n) => n.inputs.filter((v) => v !== undefined && forward.has(v))),
    );
    expect([...saved].map((v) => v!.node!.op.name)).toEqual(['add']);
    const firstBackward = result.nodes.findIndex(
      (n) => n.scope === 'layers.0' && n.phase !== 'forward',
    );
    expect(
      result.nodes
        .slice(0, firstBackward)
        .some((n) => n.scope === 'layers.1' && n.phase === 'backward'),
    ).toBe(true);
  });

  it('starts with norms and activations, whose operands are kept anyway', () => {
    const graph = tinyTraining({ layers: 2 });
    const { graph: result } = recomputeCheap(graph);
    verifyGraph(result);
    const names = result.nodes.filter((n) => n.phase === 'recompute').map((n) => n.op.name);
    expect(names).toEqual([
      'rms_norm',
      'gated_activation',
      'rms_norm',
      'rms_norm',
      'gated_activation',
      'rms_norm',
      'rms_norm',
    ]);
    const arena = (g: Graph): number => compileGraph(g, target).plan.arenaBytes;
    expect(arena(result) / arena(graph)).toBeLessThan(0.8);
  });

  it('recomputes as few layers as the budget asks for', () => {
    const graph = tinyTraining({ layers: 6 });
    const full = compileGraph(graph, target).plan.arenaBytes;
    const least = compileGraph(graph, target, { arenaBudget: 1 }).plan.arenaBytes;
    const middle = compileGraph(graph, target, { arenaBudget: (full + least) / 2 });
    const layers = (g: Graph): number =>
      g.nodes.filter((n) => n.phase === 'recompute' && n.op.name === 'attention').length;
    expect([full, least, middle.plan.arenaBytes, layers(middle.graph)]).toMatchInlineSnapshot(`
      [
        16832,
        4224,
        8896,
        2,
      ]
    `);
    expect(middle.plan.arenaBytes).toBeLessThanOrEqual((full + least) / 2);
    expect(layers(compileGraph(graph, target, { arenaBudget: full }).graph)).toBe(0);
  });
});
