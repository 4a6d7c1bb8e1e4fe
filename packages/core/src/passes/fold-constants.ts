// Evaluates what depends on nothing but constants, by the reference run with every value rounded to
// its dtype, and inserts the results as constants. A chain is folded at its end only; views that
// merely repeat (expand) stay views.
import { resultsOf, usersOf, type Graph, type Node, type Value } from '../graph/graph.js';
import { rebuild } from '../graph/rebuild.js';
import { constantOp } from '../ops/creation/constant.js';
import { costOf } from '../ops/support/default-cost.js';
import { evaluateNode } from '../reference/run-graph.js';
import { bytesOf } from '../tensor/dtype.js';
import type { HostTensor } from '../tensor/host-tensor.js';
import { sizeOf } from '../tensor/shape.js';
import type { Pass } from './pass.js';

/** Larger results are folded only where they are smaller than what they are computed from. */
export const FOLDING_LIMIT_BYTES = 16 * 2 ** 20;

/** Folding computes in plain loops: larger operands and longer products are left to kernels. */
const [MAX_READ_BYTES, MAX_FLOPS] = [2 ** 28, 2 ** 29];

/** Constants, and ops that hold no memory of their own until the planner lays them out. */
const FREE: ReadonlySet<string> = new Set(['constant', 'full', 'expand']);

/**
 * The pass that folds, but leaves results of more than `limit` bytes alone unless they are smaller
 * than what they are computed from.
 */
export const foldConstantsUpTo = (limit: number): Pass => ({
  name: 'fold-constants',
  summary: 'evaluates nodes whose operands are constants',
  numerics: 'bitwise',
  run: (graph) => {
    const ends = foldedEnds(graph, foldable(graph, limit));
    const known = new Map<Value, HostTensor>();
    return rebuild(graph, ({ node, trace }) => {
      if (!ends.has(node)) return undefined;
      return node.outputs.map((value) => {
        const { shape, dtype, data } = evaluate(value, known);
        return trace.apply(constantOp, [], { shape, dtype, data })[0];
      });
    });
  },
});

export const foldConstants: Pass = foldConstantsUpTo(FOLDING_LIMIT_BYTES);

const bytes = (value: Value): number => sizeOf(value.shape) * bytesOf(value.dtype);

/** Nodes that depend only on constants and whose results are small enough. */
function foldable(graph: Graph, limit: number): ReadonlySet<Node> {
  const found = new Set<Node>();
  for (const node of graph.nodes) {
    const constant =
      node.op.once !== true &&
      node.inputs.every((v) => v === undefined || (v.node !== undefined && found.has(v.node)));
    const [read, made] = [node.inputs, node.outputs].map((values) =>
      values.reduce((sum, v) => sum + (v === undefined ? 0 : bytes(v)), 0),
    ) as [number, number];
    if (
      constant &&
      read <= MAX_READ_BYTES &&
      (made <= limit || made <= read || FREE.has(node.op.name)) &&
      costOf(node).flops <= MAX_FLOPS
    )
      found.add(node);
  }
  return found;
}

/** The foldable nodes whose results are needed outside of folded chains. */
function foldedEnds(graph: Graph, candidates: ReadonlySet<Node>): ReadonlySet<Node> {
  const users = usersOf(graph);
  const results = new Set(resultsOf(graph));
  const inside = new Set<Node>();
  const ends = new Set<Node>();
  for (const node of graph.nodes.toReversed()) {
    if (!candidates.has(node)) continue;
    const needed = node.outputs.some(
      (v) => results.has(v) || (users.get(v) ?? []).some((user) => !inside.has(user)),
    );
    if (!needed) inside.add(node);
    else if (!FREE.has(node.op.name)) {
      ends.add(node);
      inside.add(node);
    }
  }
  return ends;
}

/**
 * The value of a node that depends only on constants; intermediate results are kept for other
 * readers. Chains may be as long as a graph, so nothing recurses.
 */
function evaluate(value: Value, known: Map<Value, HostTensor>): HostTensor {
  const pending = [value];
  while (pending.length > 0) {
    const node = pending.at(-1)!.node!;
    const missing = node.inputs.filter((v): v is Value => v !== undefined && !known.has(v));
    if (missing.length > 0 && !known.has(pending.at(-1)!)) {
      for (const v of missing) pending.push(v);
      continue;
    }
    if (!known.has(pending.pop()!)) {
      const results = evaluateNode(
        node,
        node.inputs.map((v) => (v === undefined ? undefined : known.get(v)!)),
        'typed',
      );
      node.outputs.forEach((output, i) => known.set(output, results[i]!));
    }
  }
  return known.get(value)!;
}
