// What running a plan costs on a device of given speed. A step takes the longer of its arithmetic
// and its memory traffic (the roofline model, Williams et al. 2009), a step of the stream `comm`
// the time of its link. Streams run beside each other, each with a clock of its own: a step starts
// when its stream is free and the steps that it waits for have ended.
import type { Stream } from '../graph/graph.js';
import { linkSeconds, type LinkSpeed } from './link-seconds.js';
import type { Plan, PlanStep } from './plan.js';

/** Speeds of a device, per second. A backend's `Device` has them. */
export interface DeviceSpeed {
  readonly peakFlops: { readonly f32: number; readonly bf16: number };
  readonly bandwidth: number;
  /** What collectives travel over. Default: the bandwidth of the memory, without latency. */
  readonly link?: LinkSpeed | undefined;
}

/** What one run of a plan costs: floating-point operations, bytes moved, seconds. */
export interface PlanCost {
  readonly flops: number;
  readonly bytes: number;
  /** Lower bound of the time of one run: when the last step of all streams has ended. */
  readonly seconds: number;
  /** The part of `seconds` in which the stream `compute` waits for other streams. */
  readonly exposedSeconds: number;
  /** Seconds by op, longest first. Where streams overlap they add up to more than `seconds`. */
  readonly byOp: readonly {
    readonly op: string;
    readonly seconds: number;
    readonly steps: number;
  }[];
}

/** The minimum time of `step` in seconds. */
export function stepSeconds(step: PlanStep, device: DeviceSpeed): number {
  if (step.stream === 'comm')
    return linkSeconds(step, device.link ?? { bandwidth: device.bandwidth, latency: 0 });
  const peak = step.attrs['compute'] === 'bf16' ? device.peakFlops.bf16 : device.peakFlops.f32;
  return Math.max(step.flops / peak, step.bytes / device.bandwidth);
}

/** Cost of one run of `plan`. */
export function planCost(plan: Plan, device: DeviceSpeed): PlanCost {
  const times = plan.steps.map((step) => stepSeconds(step, device));
  return {
    flops: plan.flops,
    bytes: plan.bytes,
    ...runClocks(plan.steps, times),
    byOp: sumByOp(plan.steps, times),
  };
}

/** One clock a stream. `times`: seconds of each step. */
function runClocks(
  steps: readonly PlanStep[],
  times: readonly number[],
): Pick<PlanCost, 'seconds' | 'exposedSeconds'> {
  const clocks = new Map<Stream, number>();
  const ends: number[] = [];
  let exposedSeconds = 0;
  steps.forEach(({ stream, waits }, i) => {
    const free = clocks.get(stream) ?? 0;
    const start = waits.reduce((latest, wait) => Math.max(latest, ends[wait]!), free);
    if (stream === 'compute') exposedSeconds += start - free;
    ends[i] = start + times[i]!;
    clocks.set(stream, ends[i]);
  });
  const computed = clocks.get('compute') ?? 0;
  const seconds = Math.max(0, ...clocks.values());
  return { seconds, exposedSeconds: exposedSeconds + (seconds - computed) };
}

function sumByOp(steps: readonly PlanStep[], times: readonly number[]): PlanCost['byOp'] {
  const byOp = new Map<string, { seconds: number; steps: number }>();
  steps.forEach(({ op }, i) => {
    const known = byOp.get(op) ?? { seconds: 0, steps: 0 };
    byOp.set(op, { seconds: known.seconds + times[i]!, steps: known.steps + 1 });
  });
  return [...byOp]
    .map(([op, cost]) => ({ op, ...cost }))
    .sort((a, b) => b.seconds - a.seconds || (a.op < b.op ? -1 : 1));
}
