// Orders nodes so that those of a group stand beside each other, where the last of them stood.
// Nodes that read what a group makes wait for it; all others stay in their order.
import type { Graph, Node, Value } from '@automodel/core';

/** `groupOf`: the key of a node's group; undefined: none. */
export function bringTogether(
  graph: Graph,
  groupOf: (node: Node) => string | undefined,
): { readonly nodes: readonly Node[]; readonly groups: ReadonlyMap<Node, readonly Node[]> } {
  const members = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    const key = groupOf(node);
    if (key !== undefined) members.set(key, [...(members.get(key) ?? []), node]);
  }
  const nodes: Node[] = [];
  const groups = new Map<Node, readonly Node[]>();
  const missing = new Set<Value>();
  let waiting: Node[] = [];
  const isReady = (node: Node): boolean =>
    node.inputs.every((value) => value === undefined || !missing.has(value));
  const place = (node: Node): void => {
    nodes.push(node);
    for (const value of node.outputs) missing.delete(value);
  };
  const postpone = (node: Node): void => {
    for (const value of node.outputs) missing.add(value);
  };
  for (const node of graph.nodes) {
    const group = members.get(groupOf(node) ?? '');
    if (group !== undefined && group.at(-1) !== node) postpone(node);
    else if (group !== undefined) {
      groups.set(group[0]!, group);
      group.forEach(place);
      const left: Node[] = [];
      for (const late of waiting)
        if (isReady(late)) place(late);
        else left.push(late);
      waiting = left;
    } else if (isReady(node)) place(node);
    else {
      waiting.push(node);
      postpone(node);
    }
  }
  return { nodes: [...nodes, ...waiting], groups };
}
