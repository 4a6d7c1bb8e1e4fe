// Whole gradients take memory until they are reduced, and a reduction that nothing waits for may
// still run when the next gradients are made. So what reads a reduced gradient is moved from the
// end of the program to where the next gradients are complete: at any time there are only those
// that are being reduced and those that are being made. Where both together would be larger than
// the gradients of the largest unit, the first are waited for before the others are made.
import { rebuild, usersOf, type Graph, type Node, type Pass } from '@automodel/core';
import { isReduction } from './gathers.js';
import { operandBytes, unitsOf } from './units.js';

/** It runs when reductions are grouped. */
export const paceReductions: Pass = {
  name: 'pace-reductions',
  summary: 'reads reduced gradients when the next ones are complete',
  numerics: 'bitwise',
  run: (graph) => rebuild(paced(graph), () => undefined),
};

/** Gradients that are reduced together. */
interface Bucket {
  /** The last of its reductions. */
  readonly node: Node;
  readonly at: number;
  /** Where the first of its gradients is made. */
  readonly from: number;
  readonly bytes: number;
  /** What only waits for it. */
  readonly readers: readonly Node[];
}

function paced(graph: Graph): Graph {
  const buckets = bucketsOf(graph);
  const limit = largestUnit(graph, buckets);
  const moved = new Map<number, Node[]>();
  const movedNodes = new Set<Node>();
  for (const [i, bucket] of buckets.slice(0, -1).entries()) {
    const next = buckets[i + 1]!;
    const fits = bucket.bytes + next.bytes <= limit;
    const at = fits ? next.at : Math.max(next.from, bucket.at + 1);
    for (const node of bucket.readers) {
      moved.set(at, [...(moved.get(at) ?? []), node]);
      movedNodes.add(node);
    }
  }
  const nodes = graph.nodes.flatMap((node, at) => [
    ...(moved.get(at) ?? []),
    ...(movedNodes.has(node) ? [] : [node]),
  ]);
  return { ...graph, nodes };
}

function bucketsOf(graph: Graph): readonly Bucket[] {
  const users = usersOf(graph);
  const places = new Map(graph.nodes.map((node, at) => [node, at]));
  return graph.nodes.flatMap((node): Bucket[] => {
    const readers = node.outputs.flatMap((value) => users.get(value) ?? []);
    if (!isReduction(node) || readers.some(isReduction)) return [];
    const first = firstReductions(node);
    const makers = first.flatMap(({ inputs }) =>
      inputs.flatMap((value) => (value?.node === undefined ? [] : [places.get(value.node)!])),
    );
    return [
      {
        node,
        at: places.get(node)!,
        from: Math.min(...makers),
        bytes: first.reduce((sum, reduction) => sum + operandBytes(reduction), 0),
        readers: [...new Set(readers)].filter((reader) =>
          reader.inputs.every((value) => value?.node === undefined || value.node === node),
        ),
      },
    ];
  });
}

/** Of a reduction in two steps the first, which reads whole gradients. */
function firstReductions(node: Node): readonly Node[] {
  const before = new Set(
    node.inputs.flatMap((value) =>
      value?.node !== undefined && isReduction(value.node) ? [value.node] : [],
    ),
  );
  return before.size === 0 ? [node] : [...before];
}

function largestUnit(graph: Graph, buckets: readonly Bucket[]): number {
  const units = unitsOf(graph, (node) => buckets.some((bucket) => bucket.node === node));
  const bytes = new Map<string, number>();
  for (const bucket of buckets) {
    const unit = units.get(bucket.node)!;
    bytes.set(unit, (bytes.get(unit) ?? 0) + bucket.bytes);
  }
  return Math.max(0, ...bytes.values());
}
