// Weights that were gathered for the forward pass are freed after their last use there, and
// gathered again where the backward pass (or a layer that is computed again) reads them first.
import {
  layerScopeOf,
  rebuild,
  type Graph,
  type Node,
  type Pass,
  type Tensor,
  type Trace,
  type Value,
} from '@automodel/core';
import { gatherOf, isGather } from './gathers.js';

/**
 * `reshard_after_forward` other than false. Where a weight is gathered in two steps, only the
 * second is made again. It runs after recompute, whose clones read weights too.
 */
export const regather: Pass = {
  name: 'regather',
  summary: 'gathers weights again for the backward pass',
  numerics: 'bitwise',
  run: (graph) => {
    const again = new Map<Value, Tensor>();
    const kept = neededAtOnce(graph);
    const isFreed = (value: Value | undefined): value is Value => {
      const gather = gatherOf(value);
      return gather !== undefined && gather.phase === 'forward' && !kept.has(gather);
    };
    return rebuild(graph, ({ node, inputs, trace, tensorOf }) => {
      if (node.phase === 'forward' || !node.inputs.some(isFreed)) return undefined;
      const operands = node.inputs.map((value, i) =>
        isFreed(value) ? gatheredAgain(value, { again, trace, tensorOf }) : inputs[i],
      );
      trace.follow(node);
      return trace.copy(node, operands);
    });
  },
};

/** What is read behind all layers, or by the loss only: the backward pass begins with it. */
function neededAtOnce(graph: Graph): ReadonlySet<Node> {
  const reads = graph.nodes.flatMap((node, at) =>
    node.phase !== 'forward' || node.op.view === true
      ? []
      : node.inputs.flatMap((value) => {
          const gather = gatherOf(value);
          return gather === undefined ? [] : [{ gather, at, layer: layerScopeOf(node.scope) }];
        }),
  );
  const end = reads.reduce((last, { at, layer }) => (layer === undefined ? last : at), Infinity);
  const freed = new Set(reads.flatMap(({ gather, at }) => (at > end ? [] : [gather])));
  return new Set(graph.nodes.filter((node) => isGather(node) && !freed.has(node)));
}

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
