// Passes over graphs whose nodes are one chain of thousands, as scans over tokens are when they are
// recorded: none of them recurses along it.
import { expect, it } from 'vitest';
import {
  add,
  builtinOps,
  gradients,
  matmul,
  mul,
  runPasses,
  sum,
  tanh,
  trace,
  verifyGraph,
  type Graph,
  type Trace,
} from '../../src/index.js';
import { fuseAccumulation } from '../../src/passes/fuse-accumulation.js';
import { recomputeLayers } from '../../src/passes/recompute.js';

const STEPS = 6000;

const count = (graph: Graph, op: string, phase?: string): number =>
  graph.nodes.filter((n) => n.op.name === op && (phase === undefined || n.phase === phase)).length;

it('adds to a state in as many places as a parameter is read', () => {
  const graph = trace('program', (t) => {
    const [a, b] = [t.input('batch', 'a', [1, 2], 'f32'), t.input('batch', 'b', [2, 1], 'f32')];
    let total = matmul(a, b);
    for (let i = 1; i < STEPS; i++) total = add(total, matmul(a, b));
    const state = t.input('state', 'g', [1, 1], 'f32');
    const keep = t.input('scalar', 'keep', [], 'f32');
    t.assign(state, t.apply(builtinOps.gradient_accumulate, [state, total, keep], {})[0]);
  });
  const result = runPasses(graph, [fuseAccumulation]);
  expect(count(result, 'matmul_accumulate')).toBe(STEPS);
  expect(count(result, 'add')).toBe(0);
});

it('computes a layer of one long chain again', () => {
  const scan = (t: Trace): void => {
    const x = t.input('parameter', 'x', [2], 'f32');
    let y = mul(x, 2);
    t.within('layers.0', () => {
      for (let i = 0; i < STEPS; i++) y = tanh(y);
    });
    const [dx] = gradients(sum(mul(y, y)), [x]);
    if (dx !== undefined) t.output('dx', dx);
  };
  const graph = trace('program', scan);
  const { graph: result } = recomputeLayers(graph, new Set(['layers.0']));
  verifyGraph(result);
  expect(count(result, 'tanh', 'recompute')).toBeGreaterThanOrEqual(STEPS - 1);
});
