// Passes that decide precision and memory: the cast policy, the fused loss, gradient accumulation
// and recompute, on a small training step.
import { describe, expect, it } from 'vitest';
import {
  add,
  builtinOps,
  castPolicy,
  compileGraph,
  embedding,
  exp,
  index,
  linear,
  matmul,
  mul,
  printGraph,
  reshape,
  rmsNorm,
  rope,
  runPasses,
  runReference,
  softmax,
  sum,
  tanh,
  trace,
  verifyGraph,
  writeRows,
  type Graph,
  type KernelTable,
} from '../../src/index.js';
import { layerScopeOf, recomputeCheap, recomputeLayers } from '../../src/passes/recompute.js';
import { fuseAccumulation } from '../../src/passes/fuse-accumulation.js';
import { fuseLoss } from '../../src/passes/fuse-loss.js';
import { tinyFeeds, tinyForward, tinyTraining } from './tiny-model.js';

const everyKernel: KernelTable = Object.fromEntries(
  Object.keys(builtinOps).map((name) => [name, { acceptsView: () => true }]),
);
const target = { backend: 'test', kernels: everyKernel };
const lines = (graph: Graph): string[] =>
  graph.nodes.length === 0
    ? []
    : printGraph(graph)
        .split('\n')
        .filter((l) => l.includes(' = ') || l.includes('<-'))
        .map((l) => l.trim());

describe('cast policy', () => {
  it('makes activations bf16 from the embedding on, and leaves parameters, tables and statistics', () => {
    const graph = castPolicy(
      trace('program', (t) => {
        const tables = [
          t.input('batch', 'cos', [4, 2], 'f32'),
          t.input('batch', 'sin', [4, 2], 'f32'),
        ] as const;
        const hidden = embedding(
          t.input('parameter', 'table', [9, 8], 'f32'),
          t.input('batch', 'ids', [4], 'i32'),
        );
        const normed = rmsNorm(hidden, t.input('parameter', 'norm', [8], 'f32'), 1e-5);
        const q = rope(
          reshape(linear(normed, t.input('parameter', 'q', [8, 8], 'f32')), [4, 2, 4]),
          ...tables,
        );
        t.output('probabilities', softmax(sum(q, [2]), 1));
        t.output('hidden', add(hidden, normed));
      }),
      'bf16',
    );
    verifyGraph(graph);
    expect(lines(graph)).toMatchInlineSnapshot(`
      [
        "%6: bf16[4,8] = embedding(table, ids) {out_dtype: "bf16"}",
        "%7: bf16[4,8], %8: f32[4] = rms_norm(%6, norm) {eps: 0.00001, weight_offset: 0}",
        "%9: bf16[4,8] = linear(%7, q, -) {compute: "bf16"}",
        "%10: bf16[4,2,4] = reshape(%9) {shape: [4,2,4]}",
        "%11: bf16[4,2,4] = rope(%10, cos, sin) {interleaved: false, inverse: false}",
        "%12: f32[4,2,4] = cast(%11) {to: "f32"}",
        "%13: f32[4,2] = sum(%12) {dims: [2], keepdim: false}",
        "%14: f32[4,2] = softmax(%13) {dim: 1}",
        "%15: bf16[4,8] = add(%6, %7)",
        "%16: f32[4,8] = cast(%15) {to: "f32"}",
        "output probabilities = %14",
        "output hidden = %16",
      ]
    `);
  });

  it('reads stored tables of other dtypes into the compute dtype', () => {
    const program = trace('program', (t) => {
      const [table, ids] = [
        t.input('parameter', 'table', [9, 8], 'bf16'),
        t.input('batch', 'ids', [4], 'i64'),
      ];
      t.output(
        'y',
        linear(
          add(embedding(table, ids), index(table, [0], [ids])),
          t.input('parameter', 'w', [8, 8], 'bf16'),
        ),
      );
    });
    expect(lines(castPolicy(program, 'f32'))).toMatchInlineSnapshot(`
      [
        "%3: f32[4,8] = embedding(table, ids) {out_dtype: "f32"}",
        "%4: bf16[4,8] = index(table, ids) {dims: [0]}",
        "%5: f32[4,8] = cast(%4) {to: "f32"}",
        "%6: f32[4,8] = add(%3, %5)",
        "%7: f32[4,8] = linear(%6, w, -) {compute: "f32"}",
        "%8: bf16[4,8] = cast(%7) {to: "bf16"}",
        "output y = %8",
      ]
    `);
  });

  it('keeps host numbers that bf16 cannot hold exact', () => {
    const graph = castPolicy(
      trace('program', (t) => {
        const x = matmul(
          t.input('batch', 'x', [4, 8], 'f32'),
          t.input('parameter', 'w', [8, 8], 'f32'),
        );
        t.output('y', tanh(mul(mul(x, 0.5), 0.1)));
      }),
      'bf16',
    );
    expect(lines(graph)).toMatchInlineSnapshot(`
      [
        "%2: bf16[4,8] = cast(x) {to: "bf16"}",
        "%3: bf16[4,8] = matmul(%2, w) {out_dtype: "bf16", compute: "bf16"}",
        "%4: f32[] = constant() {shape: [], dtype: "f32", data: [0.5]}",
        "%5: bf16[] = cast(%4) {to: "bf16"}",
        "%6: bf16[4,8] = mul(%3, %5)",
        "%7: f32[] = constant() {shape: [], dtype: "f32", data: [0.1]}",
        "%8: f32[4,8] = cast(%6) {to: "f32"}",
        "%9: f32[4,8] = mul(%8, %7)",
        "%10: bf16[4,8] = cast(%9) {to: "bf16"}",
        "%11: bf16[4,8] = tanh(%10)",
        "%12: f32[4,8] = cast(%11) {to: "f32"}",
        "output y = %12",
      ]
    `);
  });

  it('follows the dtype of a state that is written', () => {
    const graph = castPolicy(
      trace('program', (t) => {
        const cache = t.input('state', 'cache', [16, 8], 'f32');
        const rows = linear(
          t.input('batch', 'x', [2, 8], 'f32'),
          t.input('parameter', 'w', [8, 8], 'f32'),
        );
        t.assign(cache, writeRows(cache, rows, t.input('batch', 'positions', [2], 'i32')));
      }),
      'bf16',
    );
    verifyGraph(graph);
    expect(lines(graph)).toMatchInlineSnapshot(`
      [
        "%4: bf16[2,8] = cast(x) {to: "bf16"}",
        "%5: bf16[2,8] = linear(%4, w, -) {compute: "bf16"}",
        "%6: f32[2,8] = cast(%5) {to: "f32"}",
        "%7: f32[16,8] = write_rows(cache, %6, positions)",
        "assign cache <- %7",
      ]
    `);
  });

  it('stays near f32', () => {
    const [wide, narrow] = [tinyForward(), castPolicy(tinyForward(), 'bf16')];
    const [a, b] = [wide, narrow].map((g) =>
      Number(runReference(g, tinyFeeds(wide), 'typed').outputs.get('loss')!.data[0]),
    ) as [number, number];
    expect(b).not.toBe(a);
    expect(Math.abs(a - b) / a).toBeLessThan(0.01);
  });
});

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
    expect(lines(runPasses(graph, [fuseAccumulation], { verify: true }))).toMatchInlineSnapshot(`
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
    // Of the layer's own values only its result, which the next layer's backward pass reads,
    // crosses from forward to backward.
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
