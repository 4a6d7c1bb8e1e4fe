// Joins linear_cross_entropy with its backward op when the loss is the root of differentiation (its adjoint is the constant 1): logits are then computed once, block by block,
// and turned into gradients in place.
import type { OpDefinition } from '../ops/define-op.js';
import { linearCrossEntropyBackwardOp } from '../ops/loss/linear-cross-entropy-backward.js';
import { linearCrossEntropyWithGradientOp } from '../ops/loss/linear-cross-entropy-with-gradient.js';
import { linearCrossEntropyOp } from '../ops/loss/linear-cross-entropy.js';
import type { Graph, Node, Value } from '../graph/graph.js';
import { rebuild } from '../graph/rebuild.js';
import type { HostData } from '../tensor/host-tensor.js';
import type { Tensor } from '../tensor/tensor.js';

const is = (node: Node, op: { readonly name: string }): boolean => node.op === (op as unknown as OpDefinition);

/** The forward node a backward node belongs to: the same operands and attributes. */
const belongsTo = (backward: Node, forward: Node): boolean => forward.inputs.every((v, i) => v === backward.inputs[i + 1]) && JSON.stringify(forward.attrs) === JSON.stringify(backward.attrs);

/** Forward node -> backward node, for every pair that can be joined. */
function pairs(graph: Graph): Map<Node, Node> {
  const result = new Map<Node, Node>();
  const ones = unitValues(graph);
  const forwards = graph.nodes.filter((n) => is(n, linearCrossEntropyOp));
  for (const backward of graph.nodes.filter((n) => is(n, linearCrossEntropyBackwardOp))) {
    const forward = forwards.find((f) => belongsTo(backward, f));
    if (forward !== undefined && !result.has(forward) && ones.has(backward.inputs[0]!)) result.set(forward, backward);
  }
  return result;
}

const isUnit = ({ op, attrs, outputs }: Node): boolean =>
  outputs[0]!.shape.length === 0 && ((op.name === 'full' && Number(attrs['value']) === 1) || (op.name === 'constant' && Number((attrs['data'] as HostData)[0]) === 1));

/** Values known to be the constant 1. */
const unitValues = (graph: Graph): Set<Value> => new Set(graph.nodes.filter(isUnit).flatMap((n) => n.outputs));

export function fuseLoss(graph: Graph): Graph {
  const joined = pairs(graph);
  const backwards = new Map([...joined].map(([forward, backward]) => [backward, forward]));
  const results = new Map<Node, readonly Tensor[]>();
  return rebuild(graph, ({ node, inputs, trace }) => {
    if (joined.has(node)) {
      const outputs = trace.apply(linearCrossEntropyWithGradientOp, inputs, node.attrs as { softcap: number; compute: 'f32' | 'bf16' });
      results.set(node, outputs);
      return outputs.slice(0, 2);
    }
    const forward = backwards.get(node);
    return forward === undefined ? undefined : results.get(forward)!.slice(2);
  }).graph;
}
