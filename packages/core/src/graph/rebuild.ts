// The one way passes rewrite a graph: walk it in order, copy or replace each node, and keep inputs,
// outputs and assigns consistent.
import type { Tensor } from '../tensor/tensor.js';
import type { Graph, Node, Value } from './graph.js';
import { Trace } from './trace.js';

/** What a visitor sees of a node: its operands in the new graph. */
export interface Visit {
  readonly node: Node;
  readonly inputs: readonly (Tensor | undefined)[];
  readonly trace: Trace;
  /** Where a value of the old graph that comes before the node is in the new one. */
  tensorOf(value: Value): Tensor;
}

/** The new graph, and where each old value went. */
export interface Rebuilt {
  readonly graph: Graph;
  readonly values: ReadonlyMap<Value, Value>;
}

/**
 * Copies `graph`, calling `visit` for every node in order. The visitor returns replacements for the
 * node's outputs (any ops it applies are recorded at the node's scope and phase), or undefined to
 * copy the node; changed operand types propagate. Values get fresh ids.
 */
export function rebuild(
  graph: Graph,
  visit: (visit: Visit) => readonly Tensor[] | undefined,
): Rebuilt {
  const trace = new Trace(graph.name);
  const mapped = new Map<Value, Tensor>();
  const tensorOf = (value: Value): Tensor => mapped.get(value)!;
  for (const value of graph.inputs)
    mapped.set(value, trace.input(value.input.kind, value.input.name, value.shape, value.dtype));
  trace.run(() => {
    for (const node of graph.nodes) {
      const inputs: (Tensor | undefined)[] = [];
      for (const value of node.inputs)
        inputs.push(value === undefined ? undefined : tensorOf(value));
      trace.follow(node);
      const outputs = visit({ node, inputs, trace, tensorOf }) ?? trace.copy(node, inputs);
      for (let i = 0; i < node.outputs.length; i++) mapped.set(node.outputs[i]!, outputs[i]!);
    }
  });
  for (const output of graph.outputs) trace.output(output.name, mapped.get(output.value)!);
  for (const assign of graph.assigns)
    trace.assign(mapped.get(assign.target)!, mapped.get(assign.value)!);
  const values = new Map<Value, Value>();
  for (const [old, tensor] of mapped) values.set(old, tensor.value);
  return { graph: trace.finish(), values };
}
