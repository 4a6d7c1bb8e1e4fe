// In a program that computes gradients and applies them, moves every update up to where its
// gradient is complete, so that gradients do not wait for each other in memory. An update also
// stays behind whatever else reads the memory that it overwrites. Programs without updates, or with
// nothing but updates, stay as they are.
import {
  isGraphInput,
  overwritesIn,
  rootOf,
  type Graph,
  type Node,
  type Value,
} from '../graph/graph.js';
import { rebuild } from '../graph/rebuild.js';
import type { Pass } from './pass.js';

export const orderUpdates: Pass = {
  name: 'order-updates',
  summary: 'updates each parameter as soon as its gradient is complete',
  numerics: 'bitwise',
  run: (graph) => {
    const phases = new Set(graph.nodes.map(({ phase }) => phase));
    return phases.has('update') && phases.has('backward')
      ? rebuild({ ...graph, nodes: updatesInPlace(graph) }, () => undefined)
      : { graph, values: new Map() };
  },
};

/** The nodes, each update behind the last one that it has to wait for. */
function updatesInPlace({ nodes }: Graph): Node[] {
  const others = nodes.filter(({ phase }) => phase !== 'update');
  const places = new Map(others.map((node, i) => [node, i]));
  const lastReads = new Map<Value, number>();
  others.forEach(({ inputs }, i) => {
    for (const value of inputs) if (value !== undefined) lastReads.set(rootOf(value), i);
  });
  const behind = others.map((): Node[] => []);
  const first: Node[] = [];
  for (const node of nodes) {
    if (node.phase !== 'update') continue;
    const made = node.inputs.map((value) => (value?.node && places.get(value.node)) ?? -1);
    const read = overwritesIn(node).map(([, input]) => {
      const value = node.inputs[input];
      const root = value && rootOf(value);
      return root !== undefined && isGraphInput(root) ? (lastReads.get(root) ?? -1) : -1;
    });
    const place = Math.max(-1, ...made, ...read);
    places.set(node, place);
    (behind[place] ?? first).push(node);
  }
  return [...first, ...others.flatMap((node, i) => [node, ...behind[i]!])];
}
