// What running a plan costs on a device of given speed: each step takes the longer of its
// arithmetic and its memory traffic (the roofline model, Williams et al. 2009).
import type { Plan, PlanStep } from './plan.js';

/** Speeds of a device, per second. A backend's `Device` has them. */
export interface DeviceSpeed {
  readonly peakFlops: { readonly f32: number; readonly bf16: number };
  readonly bandwidth: number;
}

/** What one run of a plan costs: floating-point operations, bytes moved, seconds. */
export interface PlanCost {
  readonly flops: number;
  readonly bytes: number;
  /** Lower bound of the time of one run. */
  readonly seconds: number;
  /** Seconds by op, longest first. */
  readonly byOp: readonly {
    readonly op: string;
    readonly seconds: number;
    readonly steps: number;
  }[];
}

/** The minimum time of `step` in seconds. */
export function stepSeconds(step: PlanStep, device: DeviceSpeed): number {
  const peak = step.attrs['compute'] === 'bf16' ? device.peakFlops.bf16 : device.peakFlops.f32;
  return Math.max(step.flops / peak, step.bytes / device.bandwidth);
}

/** Cost of one run of `plan`. */
export function planCost(plan: Plan, device: DeviceSpeed): PlanCost {
  const byOp = new Map<string, { seconds: number; steps: number }>();
  let seconds = 0;
  for (const step of plan.steps) {
    const time = stepSeconds(step, device);
    const known = byOp.get(step.op) ?? { seconds: 0, steps: 0 };
    byOp.set(step.op, { seconds: known.seconds + time, steps: known.steps + 1 });
    seconds += time;
  }
  const sorted = [...byOp]
    .map(([op, cost]) => ({ op, ...cost }))
    .sort((a, b) => b.seconds - a.seconds || (a.op < b.op ? -1 : 1));
  return { flops: plan.flops, bytes: plan.bytes, seconds, byOp: sorted };
}
