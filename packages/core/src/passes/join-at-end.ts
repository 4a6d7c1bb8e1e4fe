// Replaces lists of nodes by one node each, at the end of the program: all operands are there, and
// nothing waits for results that are only assigned or returned.
import type { Graph, Node, Value } from '../graph/graph.js';
import { rebuild, type Visit } from '../graph/rebuild.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Rewrite } from './pass.js';

/** Nodes that become one, and the results of each of them in the new graph. */
export interface JoinedNodes {
  readonly nodes: readonly Node[];
  join(visit: Visit): readonly (readonly Tensor[])[];
}

/** The results of joined nodes must have no readers. */
export function joinAtEnd(graph: Graph, lists: readonly JoinedNodes[]): Rewrite {
  if (lists.length === 0) return { graph, values: new Map<Value, Value>() };
  const firsts = new Map(lists.map((list) => [list.nodes[0]!, list]));
  const members = lists.flatMap(({ nodes }) => nodes);
  const joined = new Set(members);
  const made = new Map<Node, readonly Tensor[]>();
  const others = graph.nodes.filter((node) => !joined.has(node));
  return rebuild({ ...graph, nodes: [...others, ...members] }, (visit) => {
    const list = firsts.get(visit.node);
    list?.join(visit).forEach((results, i) => made.set(list.nodes[i]!, results));
    return made.get(visit.node);
  });
}
