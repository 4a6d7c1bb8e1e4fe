// How long collectives take: each rank sends and gets pieces of the whole tensor over a link of
// given speed, as the ring algorithms do (Patarasuk and Yuan 2009), which no algorithm beats in
// bytes.
import { collectiveOps } from '../ops/collective/collective-ops.js';
import { totalBytes } from '../ops/support/default-cost.js';
import type { PlanStep, TensorRef } from './plan.js';

/** What connects a rank to the others of its mesh. */
export interface LinkSpeed {
  /** Bytes per second that a rank sends while it gets as many. */
  readonly bandwidth: number;
  /** Seconds that a collective takes however small it is. */
  readonly latency: number;
}

const bytesOfRefs = (refs: readonly (TensorRef | null)[]): number =>
  totalBytes(refs.map((ref) => ref ?? undefined));

/** Whether a step communicates between ranks. */
export const isCollective = ({ op }: Pick<PlanStep, 'op'>): boolean => op in collectiveOps;

/** The part of the whole that a rank sends. Without an attribute `ranks`: everything, once. */
function sentShare({ attrs: { ranks } }: Pick<PlanStep, 'attrs'>): number {
  return typeof ranks === 'number' ? (ranks - 1) / ranks : 1;
}

/** Bytes that a rank sends. The whole is what the larger side of the collective holds. */
export function sentBytes(step: PlanStep): number {
  const { op, inputs, outputs } = step;
  const sent = sentShare(step) * Math.max(bytesOfRefs(inputs), bytesOfRefs(outputs));
  return op === collectiveOps.all_reduce.name ? 2 * sent : sent;
}

/** Seconds of `step`, a collective over as many ranks as its attribute `ranks` says (one: none). */
export const linkSeconds = (step: PlanStep, { bandwidth, latency }: LinkSpeed): number =>
  sentShare(step) === 0 ? 0 : latency + sentBytes(step) / bandwidth;
