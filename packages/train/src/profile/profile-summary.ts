// What a profile says in sum: where the time of an optimizer step went, by program, by op, by kind
// of module and by layer.
import type { Device } from '@automodel/contracts';
import type { PlanStep } from '@automodel/core';
import { layerOf, moduleKind } from './module-kind.js';
import { nanosecondsOf, type ProfiledRun, type ProfiledStep } from './profiler.js';
import { ratesOf, workOfStep, type Work, type WorkRates } from './step-rates.js';

/** Kernels that belong together. */
export interface ProfileRow extends Partial<WorkRates> {
  readonly name: string;
  /** Of one optimizer step, on average. */
  readonly seconds: number;
  /** Of the time of all kernels. */
  readonly share: number;
}

/** Times are those of one optimizer step, on average. */
export interface ProfileSummary {
  readonly device: string;
  readonly threads: number;
  /** The steps that were measured, from 0. */
  readonly steps: readonly number[];
  /** By the clock. */
  readonly stepSeconds: number;
  /** All kernels. What is missing to `stepSeconds` is spent between programs. */
  readonly kernelSeconds: number;
  /** In the order in which they first run. */
  readonly byProgram: readonly ProfileRow[];
  /** Longest first. */
  readonly byOp: readonly ProfileRow[];
  /** Longest first; names as in `moduleKind`. */
  readonly byModule: readonly ProfileRow[];
  /** In the order of the model; what is outside layers has rows of its own. */
  readonly byLayer: readonly ProfileRow[];
}

type KeyOf = (step: PlanStep, run: ProfiledRun) => string;

/** `steps`: at least one. `device`: what limits are computed for. */
export function profileSummary(steps: readonly ProfiledStep[], device: Device): ProfileSummary {
  const runs = steps.flatMap((step) => step.runs);
  const mean = (total: number): number => total / steps.length;
  const kernelSeconds = runs.reduce((sum, run) => sum + nanosecondsOf(run), 0) / 1e9;
  const rows = (keyOf: KeyOf): ProfileRow[] =>
    totals(runs, device, keyOf).map(({ name, seconds, ...work }) => ({
      name,
      seconds: mean(seconds),
      share: kernelSeconds === 0 ? 0 : seconds / kernelSeconds,
      ...ratesOf(work, seconds),
    }));
  return {
    device: device.name,
    threads: device.threads,
    steps: steps.map(({ step }) => step),
    stepSeconds: mean(steps.reduce((sum, { start, end }) => sum + end - start, 0) / 1e9),
    kernelSeconds: mean(kernelSeconds),
    byProgram: rows((_step, { plan }) => plan.name),
    byOp: longestFirst(rows(({ op }) => op)),
    byModule: longestFirst(rows(({ scope }) => moduleKind(scope))),
    byLayer: rows(({ scope }) => layerOf(scope)),
  };
}

interface Total extends Work {
  readonly name: string;
  readonly seconds: number;
}

/** In the order in which the keys first come. */
function totals(runs: readonly ProfiledRun[], device: Device, keyOf: KeyOf): Total[] {
  const byKey = new Map<string, Total>();
  for (const run of runs)
    run.plan.steps.forEach((step, i) => {
      const name = keyOf(step, run);
      const so = byKey.get(name) ?? { name, seconds: 0, flops: 0, bytes: 0, leastSeconds: 0 };
      const { flops, bytes, leastSeconds } = workOfStep(step, device);
      byKey.set(name, {
        name,
        seconds: so.seconds + run.stepNanoseconds[i]! / 1e9,
        flops: so.flops + flops,
        bytes: so.bytes + bytes,
        leastSeconds: so.leastSeconds + leastSeconds,
      });
    });
  return [...byKey.values()];
}

const longestFirst = (rows: readonly ProfileRow[]): ProfileRow[] =>
  [...rows].sort((a, b) => b.seconds - a.seconds);
