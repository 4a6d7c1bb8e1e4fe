// Adds gradients to their states where they are made: gradient_accumulate(state, a + b, keep)
// becomes a chain of accumulating ops, in the order in which a and b are computed, so that no
// full-size gradient is held beside its state. A state may have another shape than the gradient is
// made in (a parameter that is stored in pieces). A gradient that is added to zeros with keep 0,
// because it has no state, becomes such a chain too: its first op starts the sum, in the same order
// and with the same bits. Only the order of the sums changes.
import {
  isGraphInput,
  operandOf,
  operandsOf,
  resultsOf,
  usersOf,
  type Graph,
  type GraphInput,
  type Node,
  type Value,
} from '../graph/graph.js';
import { rebuild } from '../graph/rebuild.js';
import type { Trace } from '../graph/trace.js';
import { scalar } from '../ops/creation/constant.js';
import { addOp } from '../ops/elementwise/add.js';
import { gradientAccumulate, gradientAccumulateOp } from '../ops/optimizer/gradient-accumulate.js';
import { reshape, reshapeOp } from '../ops/layout/reshape.js';
import { sameShape, type Shape } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Pass } from './pass.js';

export const fuseAccumulation: Pass = {
  name: 'fuse-accumulation',
  summary: 'accumulates gradients into their states in the ops that make them',
  numerics: 'reassociates',
  run: (graph) => {
    const chains = findChains(graph);
    return rebuild(graph, ({ node, inputs, trace }) => {
      const finished = chains.ends.get(node);
      if (finished !== undefined) return [reshape(finished.sum!, node.outputs[0].shape)];
      const inner = chains.sums.get(node);
      if (inner !== undefined) return [inner.sum!];
      const links = chains.links.get(node);
      if (links === undefined) return startsFresh(node) ? [inputs[1]!] : undefined;
      const fused = links.find(
        ({ output, chain }) => node.op.accumulating?.output === output && hasBegun(chain),
      );
      const outputs =
        fused === undefined
          ? trace.copy(node, inputs)
          : trace.apply(
              node.op.accumulating!.op(),
              [...inputs, ...sumSoFar(trace, fused.chain)],
              node.attrs,
            );
      for (const link of links) {
        const made = outputs[link.output]!;
        link.chain.sum =
          link === fused || !hasBegun(link.chain) ? made : added(trace, link.chain, made);
      }
      return outputs;
    });
  },
};

/** One gradient state on its way through the ops that add to it, in the shape of their results. */
interface Chain {
  /** Undefined: the first op starts the sum. */
  readonly start: { readonly state: GraphInput; readonly keep: GraphInput } | undefined;
  readonly shape: Shape;
  sum: Tensor | undefined;
}

const isZero = ({ node }: Value): boolean =>
  node?.op.name === 'full' && Number(node.attrs['value']) === 0;

/** A gradient without a state: it is added to zeros. */
const startsFresh = (node: Node): boolean =>
  (node.op as unknown) === gradientAccumulateOp &&
  isZero(operandOf(node)) &&
  isZero(operandOf(node, 2));

/** Whether there is something to add to. */
const hasBegun = ({ start, sum }: Chain): boolean => start !== undefined || sum !== undefined;

/**
 * What the next link of a chain that has begun adds to, and the factor that keeps it: the state
 * itself at first, then the sum of the links before.
 */
function sumSoFar(
  trace: Trace,
  { start, shape, sum }: Chain,
): readonly [sum: Tensor, keep: Tensor] {
  if (sum !== undefined) return [sum, scalar(trace, 1, 'f32')];
  const { state, keep } = start!;
  return [
    reshape(trace.input('state', state.input.name, state.shape, state.dtype), shape),
    trace.input(keep.input.kind, keep.input.name, keep.shape, keep.dtype),
  ];
}

function added(trace: Trace, chain: Chain, made: Tensor): Tensor {
  const [sum, keep] = sumSoFar(trace, chain);
  return gradientAccumulate(sum, made, keep);
}

/** Output `output` of a node is a term of `chain`. */
interface Link {
  readonly chain: Chain;
  readonly output: number;
}

interface Chains {
  readonly links: ReadonlyMap<Node, readonly Link[]>;
  /** The gradient_accumulate that each chain replaces. */
  readonly ends: ReadonlyMap<Node, Chain>;
  /** Additions that became links. */
  readonly sums: ReadonlyMap<Node, Chain>;
}

function findChains(graph: Graph): Chains {
  const users = usersOf(graph);
  const kept = new Set(resultsOf(graph));
  const single = (value: Value): boolean => !kept.has(value) && users.get(value)?.length === 1;
  const links = new Map<Node, Link[]>();
  const ends = new Map<Node, Chain>();
  const sums = new Map<Node, Chain>();
  for (const node of graph.nodes) {
    if ((node.op as unknown) !== gradientAccumulateOp) continue;
    const [state, added, keep] = operandsOf(node, 3);
    const gradient = beforeReshapes(added, single);
    const additions: Node[] = [];
    const terms = termsOf(gradient, single, additions);
    const start = isGraphInput(state) && isGraphInput(keep) ? { state, keep } : undefined;
    if (
      (start === undefined ? !startsFresh(node) : start.state.input.kind !== 'state') ||
      terms === undefined ||
      !terms.some(({ node, value }) => node.op.accumulating?.output === node.outputs.indexOf(value))
    )
      continue;
    const chain: Chain = { start, shape: gradient.shape, sum: undefined };
    ends.set(node, chain);
    for (const addition of additions) sums.set(addition, chain);
    for (const term of terms)
      links.set(term.node, [
        ...(links.get(term.node) ?? []),
        { chain, output: term.node.outputs.indexOf(term.value) },
      ]);
  }
  return { links, ends, sums };
}

/** What was reshaped into `value`, and is read by nothing else. */
function beforeReshapes(value: Value, single: (value: Value) => boolean): Value {
  let source = value;
  while ((source.node?.op as unknown) === reshapeOp && source.node !== undefined && single(source))
    source = operandOf(source.node);
  return source;
}

/** A value and the node that makes it. */
interface Term {
  readonly value: Value;
  readonly node: Node;
}

/**
 * The terms of the sum `value`, if nobody else reads any of them; undefined otherwise. Their
 * additions are collected. A parameter that every token of a scan reads has a chain of thousands.
 */
function termsOf(
  sum: Value,
  single: (value: Value) => boolean,
  additions: Node[],
): Term[] | undefined {
  const terms: Term[] = [];
  const splits = (v: Value): boolean =>
    sameShape(v.shape, sum.shape) && single(v) && v.node !== undefined;
  const pending = [sum];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    const { node } = value;
    if (!single(value) || node === undefined) return undefined;
    const [a, b] = (node.op as unknown) === addOp ? operandsOf(node, 2) : [];
    if (a === undefined || b === undefined || a === b || !splits(a) || !splits(b))
      terms.push({ value, node });
    else {
      additions.push(node);
      pending.push(b, a);
    }
  }
  return terms;
}
