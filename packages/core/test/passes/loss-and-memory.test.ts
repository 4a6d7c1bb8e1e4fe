// Passes on a small training step: the fused loss, gradient accumulation and recompute.
import { describe, expect, it } from 'vitest';
import {
  add,
  builtinOps,
  compileGraph,
  exp,
  matmul,
  mul,
  rmsNorm,
  runPasses,
  trace,
  verifyGraph,
  type Graph,
  type Tensor,
} from '../../src/index.js';
import { layerScopeOf, recomputeCheap, recomputeLayers } from '../../src/passes/recompute.js';
import { fuseAccumulation } from '../../src/passes/fuse-accumulation.js';
import { fuseLoss } from '../../src/passes/fuse-loss.js';
import { passesFor, type PipelineOptions } from '../../src/passes/pipeline.js';
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

  const wide = tinyTraining({
    layers: 2,
    sizes: { tokens: 64, width: 512, hidden: 1024, vocabulary: 4096 },
  });
  const recomputed = (graph: Graph, options: PipelineOptions = {}): string[] =>
    runPasses(graph, passesFor(target, options))
      .nodes.filter(({ phase }) => phase === 'recompute')
      .map(({ op }) => op.name);
  const CHEAP = ['rms_norm', 'gated_activation', 'rms_norm', 'rms_norm'];

  it('computes again by itself what takes next to no time, where that lowers the peak', () => {
    expect(recomputed(wide)).toEqual([...CHEAP, ...CHEAP.slice(1)]);
    const peak = (options: PipelineOptions): number =>
      compileGraph(wide, target, options).plan.arenaBytes;
    expect(peak({}) / peak({ disable: ['recompute'] })).toBeLessThan(0.85);
    // products of narrow matrices are no slower than norms
    expect(recomputed(tinyTraining({ layers: 2 }))).toEqual([]);
  });

  it('finds room for what kernels need besides', () => {
    const loss = 'linear_cross_entropy_with_gradient_accumulate';
    const kernels = { ...target.kernels, [loss]: { workspaceBytes: () => 2 ** 20 } };
    const arena = (options: PipelineOptions): number =>
      compileGraph(wide, { ...target, kernels }, options).plan.arenaBytes;
    const budget = arena({ disable: ['recompute'] }) - 1;
    expect(arena({ arenaBudget: budget })).toBeLessThanOrEqual(budget);
  });

  it('leaves a peak as it is that nothing is gained at', () => {
    const graph = (widths: readonly number[]): Graph =>
      trace('program', (t) => {
        const input = (name: string, shape: readonly number[]): Tensor =>
          t.input('parameter', name, shape, 'f32');
        const product = matmul(input('x', [64, 512]), input('w', [512, 512]));
        const normed = rmsNorm(product, undefined, 1e-5);
        const last = widths.reduce(
          (x, width, i) => matmul(x, input(`w${i}`, [x.shape[1]!, width])),
          normed,
        );
        t.output('y', last);
        t.at('', 'backward', () => {
          const second = matmul(normed, input('second', [512, 512]));
          t.output('dx', add(matmul(second, input('third', [512, 512])), product));
        });
      });
    expect(recomputed(graph([512, 512, 8]))).toEqual(['rms_norm']);
    expect(recomputed(graph([4096]))).toEqual([]);
  });

  it('does as it is told, and with a budget no less than that', () => {
    const [none, selective, full] = (['none', 'selective', 'full'] as const).map(
      (activationCheckpointing) => recomputed(wide, { activationCheckpointing }),
    );
    expect(none).toEqual([]);
    expect(selective).toEqual(recomputed(wide));
    expect(full!.filter((name) => name === 'attention')).toHaveLength(2);
    const roomy = { arenaBudget: 2 ** 40 };
    expect(recomputed(wide, roomy)).toEqual([]);
    expect(recomputed(wide, { ...roomy, activationCheckpointing: 'selective' })).toEqual(selective);
    expect(recomputed(wide, { arenaBudget: 1, activationCheckpointing: 'none' })).toEqual(full);
  });
});
