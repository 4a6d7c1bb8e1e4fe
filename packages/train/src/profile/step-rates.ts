// How fast something was, beside what the device could do.
import { stepSeconds, type DeviceSpeed, type PlanStep } from '@automodel/core';

/** Arithmetic and memory traffic, and the least time in which the device could do both. */
export interface Work {
  readonly flops: number;
  readonly bytes: number;
  /** By the roofline model (Williams et al. 2009), step by step. */
  readonly leastSeconds: number;
}

/** How fast some work was done. */
export interface WorkRates {
  readonly flopsPerSecond: number;
  readonly bytesPerSecond: number;
  /** The least time over the time it took: 1 is as fast as the device can be. */
  readonly rooflineShare: number;
}

export const workOfStep = (step: PlanStep, device: DeviceSpeed): Work => ({
  flops: step.flops,
  bytes: step.bytes,
  leastSeconds: stepSeconds(step, device),
});

/** Undefined for what took no time that a clock can tell. */
export const ratesOf = (
  { flops, bytes, leastSeconds }: Work,
  seconds: number,
): WorkRates | undefined =>
  seconds === 0
    ? undefined
    : {
        flopsPerSecond: flops / seconds,
        bytesPerSecond: bytes / seconds,
        rooflineShare: leastSeconds / seconds,
      };
