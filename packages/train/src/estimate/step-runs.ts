// How often each program runs in a step of training.
import type { CollectiveTraffic } from '@automodel/core';
import { MICRO, MICRO_LAST } from '../step/micro-program.js';
import { STEP } from '../step/step-program.js';
import type { PlannedProgramCost } from './plan-report.js';

/**
 * Runs of the program `name` in a step of `microBatches` on each process. `names`: all programs; if
 * one of them completes gradients, it runs in place of the last micro-batch.
 */
export function runsPerStep(name: string, microBatches: number, names: readonly string[]): number {
  if (name === MICRO) return microBatches - (names.includes(MICRO_LAST) ? 1 : 0);
  return [MICRO_LAST, 'update', STEP].includes(name) ? 1 : 0;
}

/** The sum over a step of what `valueOf` says of each program. */
export function perStep(
  programs: readonly PlannedProgramCost[],
  microBatches: number,
  valueOf: (program: PlannedProgramCost) => number,
): number {
  const names = programs.map(({ name }) => name);
  return programs.reduce((sum, program) => {
    const runs = runsPerStep(program.name, microBatches, names);
    return runs === 0 ? sum : sum + runs * valueOf(program);
  }, 0);
}

/** Calls and bytes of each collective in a step, as a process sends them. */
export function trafficPerStep(
  programs: readonly PlannedProgramCost[],
  microBatches: number,
): readonly CollectiveTraffic[] {
  const names = programs.map(({ name }) => name);
  const traffic = new Map<string, CollectiveTraffic>();
  for (const { name, collectives } of programs) {
    const runs = runsPerStep(name, microBatches, names);
    if (runs === 0) continue;
    for (const collective of collectives) {
      const key = `${collective.op} ${collective.axis}`;
      const { calls, bytes } = traffic.get(key) ?? { calls: 0, bytes: 0 };
      traffic.set(key, {
        ...collective,
        calls: calls + runs * collective.calls,
        bytes: bytes + runs * collective.bytes,
      });
    }
  }
  return [...traffic.values()];
}
