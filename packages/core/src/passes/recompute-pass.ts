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
    const least = { none: 0, selective: 1, full: most }[activationCheckpointing ?? 'none'];
    if (budgetBytes === undefined) return attempt(least);
    return attempt(effortFor(budgetBytes, { least, most, attempt, peakBytes }));
  },
});

/** The efforts to choose from, and what each makes of the graph. */
interface Efforts {
  readonly least: number;
  readonly most: number;
  readonly attempt: (effort: number) => Rewrite;
  readonly peakBytes: (graph: Graph) => number;
}

/**
 * The effort that a budget asks for. Planning is slow, so an effort is guessed from expected peaks,
 * and each plan says by how much those are wrong; without a guess, plans halve the range.
 */
function effortFor(budgetBytes: number, { least, most, attempt, peakBytes }: Efforts): number {
  const known = new Map<number, number>();
  const expected = (effort: number): number => {
    const peak = known.get(effort) ?? expectedPeak(attempt(effort).graph);
    known.set(effort, peak);
    return peak;
  };
  let [from, to, excess] = [least, most, 0];
  while (from < to) {
    const guess = firstOf(from, to, (effort) => expected(effort) + excess <= budgetBytes);
    const effort = guess < to ? guess : (from + to) >> 1;
    const planned = peakBytes(attempt(effort).graph);
    if (planned > budgetBytes) from = effort + 1;
    else if (effort === guess) return effort;
    else to = effort;
    excess = planned - expected(effort);
  }
  return to;
}

/** The first of `from` to `to` - 1 that fits, if all after it do; `to` if none does. */
function firstOf(from: number, to: number, fits: (effort: number) => boolean): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (fits(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

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
