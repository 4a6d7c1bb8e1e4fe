// `distributed.defer_fsdp_grad_sync`: a micro-batch adds its gradients to whole ones that every
// process keeps, and the one that completes a step reduces them into the pieces. It runs before all
// other passes, so that products add to whole gradients as they do in one process.
import { isGradientState, parameterOfGradient, unreducedState } from '@automodel/contracts';
import {
  gradientAccumulate,
  gradientAccumulateOp,
  rebuild,
  reduceScatter,
  Trace,
  type Assign,
  type CollectiveAttributes,
  type Graph,
  type Node,
  type Pass,
  type Tensor,
} from '@automodel/core';
import { isReduction } from './gathers.js';

/** `completes`: the last micro-batch of a step, which reduces. */
export const deferReductions = (completes: boolean): Pass => ({
  name: 'defer-reductions',
  summary: completes
    ? 'adds up whole gradients and reduces them'
    : 'adds up whole gradients, which are reduced later',
  numerics: 'reassociates',
  run: (graph) => {
    const deferred = deferredIn(graph);
    if (deferred.size === 0) return { graph, values: new Map() };
    const reductions = new Set([...deferred.values()].map(({ reduction }) => reduction));
    const sums = new Map<Node, Sum>();
    const { graph: body, values } = rebuild(
      { ...graph, inputs: withoutTargets(graph, deferred), assigns: [] },
      ({ node, inputs, trace }) => {
        if (reductions.has(node)) return inputs as readonly Tensor[];
        const found = deferred.get(node);
        if (found === undefined) return undefined;
        const [, gradient, keep] = inputs as readonly [Tensor, Tensor, Tensor];
        const name = unreducedState(parameterOfGradient(found.assign.target.input.name));
        const state = trace.input('state', name, gradient.shape, gradient.dtype);
        const sum = { state, whole: gradientAccumulate(state, gradient, keep) };
        sums.set(node, sum);
        if (!completes) return [sum.whole];
        return reduceScatter([sum.whole], found.reduction.attrs as CollectiveAttributes);
      },
    );
    const trace = Trace.extend(body);
    for (const { target, value } of graph.assigns) {
      const sum = completes ? undefined : value.node && sums.get(value.node);
      const result = trace.tensor(values.get(value)!);
      if (sum !== undefined) trace.assign(trace.tensor(sum.state.value), result);
      else
        trace.assign(
          trace.input(target.input.kind, target.input.name, target.shape, target.dtype),
          result,
        );
    }
    return { graph: trace.finish(), values };
  },
});

/** A state that whole gradients are added to, and what it holds afterwards. */
interface Sum {
  readonly state: Tensor;
  readonly whole: Tensor;
}

/** A gradient that is reduced and then added to its state. */
interface Deferred {
  readonly reduction: Node;
  readonly assign: Assign;
}

/** Those of a graph, by the node that adds. */
function deferredIn(graph: Graph): ReadonlyMap<Node, Deferred> {
  const found = new Map<Node, Deferred>();
  for (const assign of graph.assigns) {
    const { node } = assign.value;
    if (!isGradientState(assign.target.input.name) || node === undefined) continue;
    const reduction = node.inputs[1]?.node;
    const adds = node.op.name === gradientAccumulateOp.name && node.inputs[0] === assign.target;
    if (adds && reduction !== undefined && isReduction(reduction))
      found.set(node, { reduction, assign });
  }
  return found;
}

/** Pieces of gradients are no longer read. */
function withoutTargets(graph: Graph, deferred: ReadonlyMap<Node, Deferred>): Graph['inputs'] {
  const targets = new Set([...deferred.values()].map(({ assign }) => assign.target));
  return graph.inputs.filter((input) => !targets.has(input));
}
