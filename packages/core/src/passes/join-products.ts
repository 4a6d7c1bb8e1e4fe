// Fewer, larger products: linear maps of one x become one op that reads x once, the gradients of
// their weights another, and the sum that makes the gradient of x a third. This happens to the
// projections of an attention layer, to gate and up of an MLP, and to their adapters.
import type { Graph, Node } from '../graph/graph.js';
import { rebuild } from '../graph/rebuild.js';
import { hasKernel } from '../plan/kernel-table.js';
import type { PlanTarget } from '../plan/plan-graph.js';
import type { Tensor } from '../tensor/tensor.js';
import { JOINS, type Join } from './product-joins.js';
import type { Pass } from './pass.js';

/** The pass for `target`: it joins only what the target has kernels for. */
export const joinProducts = (target: PlanTarget): Pass => ({
  name: 'join-products',
  summary: 'joins products that share an operand, or whose results are added up',
  numerics: 'reassociates',
  run: (graph) => {
    const joins = findJoins(graph, target);
    if (joins.length === 0) return { graph, values: new Map() };
    const starts = new Map(joins.map(({ join, nodes }) => [nodes[0]!, { join, nodes }]));
    const made = new Map<Node, Tensor>();
    return rebuild(gathered(graph, joins), ({ node, tensorOf, trace }) => {
      const start = starts.get(node);
      if (start !== undefined) {
        const { join, nodes } = start;
        const { operands, attrs } = join.call(nodes, tensorOf);
        const results = trace.at(commonScope(nodes), node.phase, () =>
          trace.apply(join.op, operands, attrs),
        );
        nodes.forEach((member, i) => made.set(member, results[i] ?? results[0]));
      }
      const result = made.get(node);
      return result === undefined ? undefined : [result];
    });
  },
});

/** The module that all of them are in: `model.layers.3.mlp` for its gate and up. */
function commonScope(nodes: readonly Node[]): string {
  const [first, ...others] = nodes.map(({ scope }) => scope.split('.'));
  const length = first!.findIndex((part, i) => others.some((scope) => scope[i] !== part));
  return first!.slice(0, length === -1 ? first!.length : length).join('.');
}

/** Nodes that become one op, and how. */
interface Found {
  readonly join: Join;
  readonly nodes: readonly Node[];
}

/** No node is in two of them. */
function findJoins(graph: Graph, target: PlanTarget): readonly Found[] {
  const taken = new Set<Node>();
  return JOINS.filter(({ op }) => hasKernel(target, op)).flatMap((join) => {
    const found = join.find(graph).filter((nodes) => !nodes.some((node) => taken.has(node)));
    for (const node of found.flat()) taken.add(node);
    return found.map((nodes) => ({ join, nodes }));
  });
}

/**
 * The graph with the nodes of each join side by side where its op will stand. Reshapes between the
 * products of a sum, which nothing else reads, follow them: they are dead then.
 */
function gathered(graph: Graph, joins: readonly Found[]): Graph {
  const members = new Set(joins.flatMap(({ nodes }) => nodes));
  const places = new Map(
    joins.map(({ join, nodes }) => [join.place === 'first' ? nodes[0]! : nodes.at(-1)!, nodes]),
  );
  const between = new Map(joins.map(({ join, nodes }) => [nodes, join.between?.(nodes) ?? []]));
  for (const node of [...between.values()].flat()) members.add(node);
  const nodes = graph.nodes.flatMap((node) => {
    const group = places.get(node);
    if (group !== undefined) return [...group, ...between.get(group)!];
    return members.has(node) ? [] : [node];
  });
  return { ...graph, nodes };
}
