// Weights that were gathered for the forward pass are freed after their last use there, and
// gathered again where the backward pass (or a layer that is computed again) reads them first.
import {
  rebuild,
  type Node,
  type Pass,
  type Tensor,
  type Trace,
  type Value,
} from '@automodel/core';
import { isGather } from './gathers.js';

/** `reshard_after_forward` other than false. Where a weight is gathered in two steps, only the
 * second is made again. It runs after recompute, whose clones read weights too. */
export const regather: Pass = {
  name: 'regather',
  summary: 'gathers weights again for the backward pass',
  numerics: 'bitwise',
  run: (graph) => {
    const again = new Map<Value, Tensor>();
    return rebuild(graph, ({ node, inputs, trace, tensorOf }) => {
      if (node.phase === 'forward' || !node.inputs.some(isGathered)) return undefined;
      const operands = node.inputs.map((value, i) =>
        value !== undefined && isGathered(value)
          ? gatheredAgain(value, { again, trace, tensorOf })
          : inputs[i],
      );
      trace.follow(node);
      return trace.copy(node, operands);
    });
  },
};

/** A gathered weight of the forward pass, or a view of one. */
function isGathered(value: Value | undefined): boolean {
  const node = value?.node;
  if (node === undefined) return false;
  return node.op.view === true ? isGathered(node.inputs[0]) : isForwardGather(node);
}

const isForwardGather = (node: Node): boolean => node.phase === 'forward' && isGather(node);

interface Regathering {
  readonly again: Map<Value, Tensor>;
  readonly trace: Trace;
  readonly tensorOf: (value: Value) => Tensor;
}

function gatheredAgain(value: Value, context: Regathering): Tensor {
  const { again, trace, tensorOf } = context;
  const known = again.get(value);
  if (known !== undefined) return known;
  const node = value.node!;
  const operands =
    node.op.view === true
      ? [gatheredAgain(node.inputs[0]!, context)]
      : node.inputs.map((input) => tensorOf(input!));
  const results = trace.at(node.scope, 'recompute', () =>
    trace.apply(node.op, operands, node.attrs),
  );
  node.outputs.forEach((output, i) => again.set(output, results[i]!));
  return again.get(value)!;
}
