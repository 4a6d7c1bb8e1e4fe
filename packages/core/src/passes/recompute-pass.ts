// The pass that decides how much is computed again in the backward pass: as little as fits into a
// budget, what the caller asks for, or else what costs next to nothing, where that makes the peak
// of memory lower. Whatever it chooses, results keep every bit.
import { overwritesIn, rootOf, type Graph, type Value } from '../graph/graph.js';
import { costOf, totalBytes } from '../ops/support/default-cost.js';
import { peakOf, type Lifetime } from '../plan/pack-arena.js';
import type { Pass, Rewrite } from './pass.js';
import { recomputableLayers, recomputeCheap, recomputeCheapAndLayers } from './recompute.js';

/**
 * What is computed again: nothing; results of norms, activations and the like whose operands are
 * kept anyway; or every layer.
 */
export type ActivationCheckpointing = 'none' | 'selective' | 'full';

/** How much to recompute. */
export interface RecomputeOptions {
  /**
   * With a budget, what is recomputed in any case. Absent: `none` with a budget, otherwise
   * `selective` where it takes at most 2 % of the program's time and lowers its peak.
   */
  readonly activationCheckpointing?: ActivationCheckpointing | undefined;
  /**
   * The cheapest effort after which `peakBytes` is at most this: nothing, then `selective`, then
   * whole layers too, as few as needed and the earliest first (their activations live longest). If
   * all layers are still not enough, all of them are recomputed.
   */
  readonly budgetBytes?: number | undefined;
  readonly peakBytes: (graph: Graph) => number;
}

export const recompute = ({
  activationCheckpointing,
  budgetBytes,
  peakBytes,
}: RecomputeOptions): Pass => ({
  name: 'recompute',
  summary: 'computes forward values again instead of keeping them',
  numerics: 'bitwise',
  run: (graph) => {
    if (activationCheckpointing === undefined && budgetBytes === undefined)
      return recomputeFreely(graph);
    const layers = recomputableLayers(graph);
    const most = layers.length + 1;
    const attempt = (effort: number): Rewrite =>
      effort === 0
        ? { graph, values: new Map() }
        : recomputeCheapAndLayers(graph, new Set(layers.slice(0, effort - 1)));
    let low = { none: 0, selective: 1, full: most }[activationCheckpointing ?? 'none'];
    let high = budgetBytes === undefined ? low : most;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (peakBytes(attempt(middle).graph) <= budgetBytes!) high = middle;
      else low = middle + 1;
    }
    return attempt(low);
  },
});

/** Operations that a core makes while it moves a byte from or to memory. */
const FLOPS_A_BYTE = 12;
/** What costs next to nothing takes at most this share of the time of its program. */
const LARGEST_SHARE = 0.02;

/** Recomputes what costs next to nothing, if that lowers the peak. */
function recomputeFreely(graph: Graph): Rewrite {
  const rewrite = recomputeCheap(graph);
  const worthIt =
    rewrite.graph !== graph &&
    recomputedShare(rewrite.graph) <= LARGEST_SHARE &&
    expectedPeak(rewrite.graph) < expectedPeak(graph);
  return worthIt ? rewrite : { graph, values: new Map() };
}

/**
 * Which share of a program's time recomputation takes, by the roofline model. The speed of no
 * machine is asked for, so that a plan is the same everywhere.
 */
function recomputedShare({ nodes }: Graph): number {
  let [all, recomputed] = [0, 0];
  for (const node of nodes) {
    const { flops, bytes } = costOf(node);
    const time = Math.max(flops, bytes * FLOPS_A_BYTE);
    all += time;
    if (node.phase === 'recompute') recomputed += time;
  }
  return recomputed / all;
}

/**
 * The peak of transient memory in bytes, from the lifetimes of values alone: what a plan makes of
 * it is known only when everything is lowered, which takes as long as all other passes together.
 */
function expectedPeak(graph: Graph): number {
  const lastReads = new Map<Value, number>();
  graph.nodes.forEach(({ inputs }, i) => {
    for (const value of inputs) if (value !== undefined) lastReads.set(rootOf(value), i);
  });
  for (const { value } of graph.outputs) lastReads.set(rootOf(value), graph.nodes.length - 1);
  const inStates = valuesInStates(graph);
  const lifetimes: Lifetime[] = [];
  graph.nodes.forEach(({ op, outputs }, first) => {
    if (op.view === true) return;
    for (const value of outputs) {
      const last = lastReads.get(value);
      if (last !== undefined && !inStates.has(value))
        lifetimes.push({ bytes: totalBytes([value]), first, last });
    }
  });
  return peakOf(lifetimes, graph.nodes.length).bytes;
}

/** What is written into the memory of states and parameters, sums on the way to them included. */
function valuesInStates({ nodes, assigns }: Graph): ReadonlySet<Value> {
  const found = new Set(assigns.map(({ value }) => rootOf(value)));
  for (const node of nodes.toReversed())
    for (const [output, input] of overwritesIn(node)) {
      const overwritten = node.inputs[input];
      if (overwritten !== undefined && found.has(node.outputs[output]!))
        found.add(rootOf(overwritten));
    }
  return found;
}
