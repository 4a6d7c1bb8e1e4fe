// The reference run: executes a graph with the plain f64 definition of every op. Slow and obvious;
// fast code is compared with it.
// `exact` keeps f64 throughout (gradients, conformance); `typed` rounds to the value's dtype after
// every op (constant folding, tables made on the host).
import { AutomodelError } from '../error.js';
import type { Graph, Node, Value } from '../graph/graph.js';
import { printNode } from '../graph/print-graph.js';
import { Trace } from '../graph/trace.js';
import { roundHostTensor, type HostTensor } from '../tensor/host-tensor.js';
import { formatType, sameShape } from '../tensor/shape.js';

/** `exact`: f64 throughout. `typed`: rounded to the dtype of each value. */
export type ReferenceMode = 'exact' | 'typed';

/** Results of a reference run by name. */
export interface ReferenceResult {
  readonly outputs: ReadonlyMap<string, HostTensor>;
  /** New contents of assigned states and parameters. */
  readonly assigns: ReadonlyMap<string, HostTensor>;
}

/**
 * Runs `graph` on `feeds` (by input name). Errors: a missing or ill-typed feed; an op without
 * definition.
 */
export function runReference(
  graph: Graph,
  feeds: ReadonlyMap<string, HostTensor>,
  mode: ReferenceMode = 'exact',
): ReferenceResult {
  const values = feedValues(graph, feeds, mode);
  runNodes(graph, values, mode);
  return referenceResult(graph, values);
}

/** The inputs of `graph` by value. Errors: a missing or ill-typed feed. */
export function feedValues(
  graph: Graph,
  feeds: ReadonlyMap<string, HostTensor>,
  mode: ReferenceMode,
): Map<Value, HostTensor> {
  const values = new Map<Value, HostTensor>();
  for (const value of graph.inputs) {
    const feed = feeds.get(value.input.name);
    if (feed === undefined)
      throw new AutomodelError(
        'bad-argument',
        `graph ${graph.name}: input ${value.input.name} has no data`,
      );
    if (feed.dtype !== value.dtype || !sameShape(feed.shape, value.shape))
      throw new AutomodelError(
        'bad-argument',
        `graph ${graph.name}: input ${value.input.name} is ` +
          `${formatType(feed)}, expected ` +
          `${formatType(value)}`,
      );
    values.set(value, mode === 'typed' ? roundHostTensor(feed) : feed);
  }
  return values;
}

/** What a run leaves: outputs and assigned inputs by name. */
export const referenceResult = (
  graph: Graph,
  values: ReadonlyMap<Value, HostTensor>,
): ReferenceResult => ({
  outputs: new Map(graph.outputs.map((o) => [o.name, values.get(o.value)!])),
  assigns: new Map(graph.assigns.map((a) => [a.target.input.name, values.get(a.value)!])),
});

/** One node's results on given operands, through its reference or its decomposition. */
export function evaluateNode(
  node: Node,
  operands: readonly (HostTensor | undefined)[],
  mode: ReferenceMode,
): readonly HostTensor[] {
  if (node.op.reference === undefined) return evaluateDecomposition(node, operands, mode);
  const results = node.op.reference(operands, node.attrs, node.outputs);
  node.outputs.forEach((value, i) => {
    const result = results[i];
    if (
      result === undefined ||
      result.dtype !== value.dtype ||
      !sameShape(result.shape, value.shape)
    )
      throw new AutomodelError(
        'internal',
        `the reference of ${node.op.name} gives ` +
          `${result === undefined ? 'nothing' : `${formatType(result)}`}: ` +
          `${printNode(node)}`,
      );
  });
  return mode === 'typed' ? results.map(roundHostTensor) : results;
}

function evaluateDecomposition(
  node: Node,
  operands: readonly (HostTensor | undefined)[],
  mode: ReferenceMode,
): readonly HostTensor[] {
  if (node.op.decompose === undefined)
    throw new AutomodelError('bad-graph', `op ${node.op.name} has no definition`);
  const trace = new Trace(node.op.name);
  const tensors = operands.map((operand, i) =>
    operand === undefined
      ? undefined
      : trace.input('batch', `operand${i}`, operand.shape, operand.dtype),
  );
  trace.run(() =>
    node.op.decompose!(tensors, node.attrs).forEach((tensor, i) =>
      trace.output(`result${i}`, tensor),
    ),
  );
  const feeds = new Map(
    operands.flatMap((operand, i) =>
      operand === undefined ? [] : [[`operand${i}`, operand] as const],
    ),
  );
  const { outputs } = runReference(trace.finish(), feeds, mode);
  return node.outputs.map((_, i) => outputs.get(`result${i}`)!);
}

function runNodes(graph: Graph, values: Map<Value, HostTensor>, mode: ReferenceMode): void {
  const lastReader = new Map<Value, Node>();
  for (const node of graph.nodes)
    for (const value of node.inputs) if (value !== undefined) lastReader.set(value, node);
  const kept = new Set<Value>([
    ...graph.outputs.map((o) => o.value),
    ...graph.assigns.map((a) => a.value),
  ]);
  for (const node of graph.nodes) {
    const results = evaluateNode(
      node,
      node.inputs.map((v) => (v === undefined ? undefined : values.get(v))),
      mode,
    );
    node.outputs.forEach((value, i) => values.set(value, results[i]!));
    for (const value of node.inputs)
      if (value !== undefined && lastReader.get(value) === node && !kept.has(value))
        values.delete(value);
  }
}
