// What passes owe to parameters that are stored in pieces, and to passes that a strategy of
// parallelism brings.
import { describe, expect, it } from 'vitest';
import {
  builtinOps,
  castPolicy,
  cat,
  compileGraph,
  defineOp,
  embedding,
  exp,
  linear,
  matmul,
  passesFor,
  printGraph,
  reshape,
  runPasses,
  trace,
  type Graph,
  type OpDefinition,
  type Pass,
  type Tensor,
  type Trace,
} from '../../src/index.js';
import { fuseAccumulation } from '../../src/passes/fuse-accumulation.js';

const kernels = Object.fromEntries(
  Object.keys(builtinOps).map((name) => [name, { acceptsView: () => true }]),
);
const target = { backend: 'test', kernels };

const lines = (graph: Graph): string[] =>
  printGraph(graph)
    .split('\n')
    .filter((line) => line.includes(' = ') || line.includes('<-'))
    .map((line) => line.trim());

describe('a gradient state in another shape than its gradient', () => {
  const graph = trace('program', (t) => {
    const state = t.input('state', 'g', [2, 3, 3], 'f32');
    const [a, b] = [t.input('batch', 'a', [6, 4], 'f32'), t.input('batch', 'b', [4, 3], 'f32')];
    const keep = t.input('scalar', 'keep', [], 'f32');
    const gradient = reshape(matmul(a, b), [2, 3, 3]);
    t.assign(state, t.apply(builtinOps.gradient_accumulate, [state, gradient, keep], {})[0]);
  });

  it('is added to through a view of it', () => {
    expect(lines(runPasses(graph, [fuseAccumulation], { verify: true }))).toMatchInlineSnapshot(`
      [
        "%4: f32[6,3] = reshape(g) {shape: [6,3]}",
        "%5: f32[6,3] = matmul_accumulate(a, b, %4, keep) {compute: "f32"}",
        "%6: f32[2,3,3] = reshape(%5) {shape: [2,3,3]}",
        "%7: f32[2,3,3] = reshape(%5) {shape: [2,3,3]}",
        "assign g <- %7",
      ]
    `);
  });

  it('is written in place, without a copy', () => {
    const { plan } = compileGraph(graph, target, { verify: true });
    expect(plan.steps.map(({ op }) => op)).toEqual(['matmul_accumulate']);
    expect(plan.arenaBytes).toBe(0);
  });
});

describe('the cast policy', () => {
  const joining = (moves: boolean): OpDefinition<Record<string, never>> =>
    defineOp({
      name: 'test/join',
      summary: 'two halves',
      operands: ['a', 'b'],
      moves,
      infer: ({ a }) => [{ shape: [2 * a.shape[0]!, ...a.shape.slice(1)], dtype: a.dtype }],
      decompose: ({ a, b }) => [cat([a, b])],
      samples: [],
    });
  const joined = (t: Trace, name: string, moves: boolean): Tensor =>
    t.apply(
      joining(moves),
      ['a', 'b'].map((half) => t.input('parameter', `${name}.${half}`, [4, 8], 'f32')),
      {},
    )[0];
  const casts = (moves: boolean): number =>
    castPolicy(
      trace('program', (t) => {
        const ids = t.input('batch', 'ids', [3], 'i32');
        t.output('y', linear(embedding(joined(t, 'table', moves), ids), joined(t, 'w', moves)));
      }),
      'bf16',
    ).nodes.filter(
      ({ op, inputs }) => op.name === 'cast' && inputs[0]?.node?.op.name === 'test/join',
    ).length;

  it('treats what only moves stored elements as stored', () => {
    expect(casts(true)).toBe(0);
    expect(casts(false)).toBe(1);
  });
});

describe('passes from outside', () => {
  const pass = (name: string, look: (graph: Graph) => void = () => undefined): Pass => ({
    name,
    summary: 'looks',
    numerics: 'bitwise',
    run: (graph) => {
      look(graph);
      return { graph, values: new Map() };
    },
  });

  it('have their places, where nobody can leave them out', () => {
    const slots = { lowering: [pass('gather')], last: [pass('reduce'), pass('bucket')] };
    const names = passesFor(target, { arenaBudget: 1, slots }).map((p) => p.name);
    const [recomputes, lowers] = [names.indexOf('recompute'), names.indexOf('decompose')];
    expect(names.slice(recomputes, lowers + 1)).toEqual(['recompute', 'gather', 'decompose']);
    expect(names.slice(-2)).toEqual(['reduce', 'bucket']);
    expect(() => passesFor(target, { slots, disable: ['gather'] })).toThrow(
      'there is no pass named gather',
    );
  });

  it('are part of what the search of recompute plans', () => {
    let looks = 0;
    const slots = { lowering: [pass('gather', () => looks++)], last: [pass('reduce')] };
    const graph = trace('program', (t) => t.output('y', exp(t.input('batch', 'x', [4], 'f32'))));
    runPasses(graph, passesFor(target, { arenaBudget: 1, slots }));
    expect(looks).toBeGreaterThan(1);
  });
});
