// Joins the loss over the last product with its backward op: when the loss is the root of
// differentiation its adjoint is 1, and one op makes loss and adjoints from each block of logits,
// so that logits are computed once instead of twice.
import { usersOf, type Graph, type Node, operandOf } from '../graph/graph.js';
import { rebuild } from '../graph/rebuild.js';
import { linearCrossEntropyBackwardOp } from '../ops/loss/linear-cross-entropy-backward.js';
import * as lossWithGradient from '../ops/loss/linear-cross-entropy-with-gradient.js';
import {
  linearCrossEntropyOp,
  type LinearCrossEntropyAttributes,
} from '../ops/loss/linear-cross-entropy.js';
import type { OpDefinition } from '../ops/support/define-op.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Pass } from './pass.js';

export const fuseLoss: Pass = {
  name: 'fuse-loss',
  summary: 'computes linear_cross_entropy and its adjoints in one op',
  numerics: 'reassociates',
  run: (graph) => {
    const pairs = lossPairs(graph);
    const adjoints = new Map<Node, readonly Tensor[]>();
    return rebuild(graph, ({ node, inputs, trace }) => {
      const backward = pairs.get(node);
      if (backward === undefined) return adjoints.get(node);
      // The joint op belongs to the backward phase: what it reads is not a saved activation.
      const [loss, nll, ...rest] = trace.at(node.scope, 'backward', () =>
        trace.apply(
          lossWithGradient.linearCrossEntropyWithGradientOp,
          inputs,
          node.attrs as LinearCrossEntropyAttributes,
        ),
      );
      adjoints.set(backward, rest);
      return [loss, nll!];
    });
  },
};

const is = (node: Node, op: OpDefinition<LinearCrossEntropyAttributes>): boolean =>
  (node.op as unknown) === op;

/** Each loss whose only backward op has the adjoint 1 and the same operands. */
function lossPairs(graph: Graph): ReadonlyMap<Node, Node> {
  const users = usersOf(graph);
  const pairs = new Map<Node, Node>();
  for (const node of graph.nodes) {
    if (!is(node, linearCrossEntropyOp)) continue;
    const backward = (users.get(operandOf(node)) ?? []).filter(
      (user) =>
        is(user, linearCrossEntropyBackwardOp) &&
        node.inputs.every((v, i) => user.inputs[i + 1] === v) &&
        JSON.stringify(user.attrs) === JSON.stringify(node.attrs),
    );
    const adjoint = backward[0]?.inputs[0]?.node;
    if (
      backward.length === 1 &&
      adjoint?.op.name === 'full' &&
      Number(adjoint.attrs['value']) === 1
    )
      pairs.set(node, backward[0]!);
  }
  return pairs;
}
