// What the cast policy must know about a forward graph before it rounds anything: which values are
// made of constants and batch data alone (positions, masks, tables), and which products choose
// experts. Both are computed in f32, as recorded models compute them.
import type { Graph, Node, Value } from '../graph/graph.js';
import { categoryOf, isFloat } from '../tensor/dtype.js';

export interface PrecisionFacts {
  /** No parameter or state reaches the value. */
  isData(value: Value): boolean;
  /** A product whose results decide an order: near ties must not be decided by rounding. */
  isRouter(node: Node): boolean;
}

export function precisionFacts(graph: Graph): PrecisionFacts {
  const learned = new Set<Value>(
    graph.inputs.filter((v) => v.input.kind === 'parameter' || v.input.kind === 'state'),
  );
  for (const node of graph.nodes)
    if (node.inputs.some((v) => v !== undefined && learned.has(v)))
      for (const output of node.outputs) learned.add(output);
  const routers = findRouters(graph);
  return { isData: (value) => !learned.has(value), isRouter: (node) => routers.has(node) };
}

/** Integers made from floats by comparing them: topk_idx, argmax, argsort. */
const chooses = (node: Node): boolean =>
  node.op.name !== 'cast' &&
  node.op.castRule !== 'compute' &&
  node.outputs.some((v) => categoryOf(v.dtype) === 'integer') &&
  node.inputs.some((v) => v !== undefined && isFloat(v.dtype));

/** The nearest products before every choice. */
function findRouters(graph: Graph): ReadonlySet<Node> {
  const routers = new Set<Node>();
  const scores = new Set<Value>();
  for (const node of graph.nodes.toReversed()) {
    if (!chooses(node) && !node.outputs.some((v) => scores.has(v))) continue;
    if (node.op.castRule === 'compute') routers.add(node);
    else
      for (const value of node.inputs)
        if (value !== undefined && isFloat(value.dtype)) scores.add(value);
  }
  return routers;
}
