// Small programs after some passes, and what tests look at in them.
import {
  builtinOps,
  printGraph,
  runPasses,
  trace,
  verifyGraph,
  type Graph,
  type KernelTable,
  type Pass,
  type Tensor,
  type Trace,
} from '../../src/index.js';
import { eliminateDead } from '../../src/passes/eliminate-dead.js';

/** A backend with a kernel for every op. */
export const target = {
  backend: 'test',
  kernels: Object.fromEntries(
    Object.keys(builtinOps).map((name) => [name, { acceptsView: () => true }]),
  ) satisfies KernelTable,
};

/** A batch input. */
export const input = (t: Trace, name = 'x', shape: number[] = [4, 6]): Tensor =>
  t.input('batch', name, shape, 'f32');

/** The program after the passes, verified, without dead nodes. */
export function rewritten(body: (t: Trace) => void, ...passes: Pass[]): Graph {
  const graph = runPasses(trace('program', body), [...passes, eliminateDead], { verify: true });
  verifyGraph(graph);
  return graph;
}

/** The names of the ops, in order. */
export const opsOf = (graph: Graph): string[] => graph.nodes.map((n) => n.op.name);

/** The printed nodes, outputs and assigns. */
export const printedLines = (graph: Graph): string[] =>
  graph.nodes.length === 0
    ? []
    : printGraph(graph)
        .split('\n')
        .filter((line) => line.includes(' = ') || line.includes('<-'))
        .map((line) => line.trim());
