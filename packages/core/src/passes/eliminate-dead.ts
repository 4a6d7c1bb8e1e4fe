// Removes nodes whose results nobody reads. Ops marked `once` stay: they have effects.
import { resultsOf, type Value } from '../graph/graph.js';
import type { Pass } from './pass.js';

/** The pass that removes nodes whose results nobody needs. */
export const eliminateDead: Pass = {
  name: 'eliminate-dead',
  summary: 'removes nodes that no output, assign or effect needs',
  numerics: 'bitwise',
  run: (graph) => {
    const needed = new Set<Value>(resultsOf(graph));
    const kept = graph.nodes.toReversed().filter((node) => {
      if (node.op.once !== true && !node.outputs.some((value) => needed.has(value))) return false;
      for (const value of node.inputs) if (value !== undefined) needed.add(value);
      return true;
    });
    return {
      graph: kept.length === graph.nodes.length ? graph : { ...graph, nodes: kept.toReversed() },
      values: new Map(),
    };
  },
};
