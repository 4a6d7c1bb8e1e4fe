// Checks the memory that the plan needs against what this process may take: for `check`, and before
// a run loads its weights.
import process from 'node:process';
import { AutomodelError } from '@automodel/core';
import { availableMemory } from '../machine/available-memory.js';
import { busyMachine } from '../machine/busy-machine.js';
import { formatBytes } from '../machine/format-bytes.js';
import type { EvaluationSet } from '../open/open-evaluation.js';
import { planRecipe, sizesOfRun, type PlannedOf, type RunPlan } from './plan-recipe.js';
import { failure, ok, warning, type Finding } from './finding.js';

/** Above this share of the available memory, little is left for anything else. */
const TIGHT = 0.9;

const HINT =
  'lower step_scheduler.local_batch_size or the row length, set memory.budget_gb to recompute ' +
  'activations, or train an adapter (peft) instead of all weights';

/**
 * What a plan's peak in bytes means on this machine, as `check` and a run say it. `processes`: as
 * many of them take this much here.
 */
export function memoryFinding(peak: number, processes = 1): Finding {
  const { bytes: free, limitedBy } = availableMemory();
  // the plan counts what the process holds already
  const bytes = free / processes + process.memoryUsage.rss();
  const each = processes === 1 ? '' : ` for each of ${processes} processes`;
  const sentence =
    `the plan takes ${formatBytes(peak)} at its peak, ${formatBytes(bytes)} are available${each} ` +
    `(${limitedBy})`;
  if (peak > bytes) return failure('memory', sentence, HINT);
  return peak > TIGHT * bytes ? warning('memory', sentence, HINT) : ok('memory', sentence);
}

export async function checkMemory(run: PlannedOf): Promise<readonly Finding[]> {
  const plan = await planRecipe(run, undefined);
  const { totalSteps, expectedSeconds } = plan;
  const busy = busyMachine();
  return [
    memoryFinding(plan.report.memory.peak, run.host.local.size),
    ok(
      'memory',
      busy === undefined
        ? `${totalSteps} steps, about ${duration(expectedSeconds * totalSteps)} on this machine`
        : `${totalSteps} steps; no time is given, because the machine is busy (${busy})`,
    ),
  ];
}

/**
 * The plan of a run that is about to start, and its warning. Errors: `out-of-memory` if it does not
 * fit, in the words of `check`.
 */
export async function planToFit(
  run: PlannedOf,
  questions: EvaluationSet | undefined,
): Promise<{ readonly plan: RunPlan; readonly notes: readonly string[] }> {
  const plan = await planRecipe(run, await sizesOfRun(run, questions));
  const { level, message, hint } = memoryFinding(plan.report.memory.peak, run.host.local.size);
  if (level === 'error') throw new AutomodelError('out-of-memory', message, { hint });
  return { plan, notes: level === 'warning' ? [`${message}: ${hint}`] : [] };
}

function duration(seconds: number): string {
  if (seconds < 90) return `${seconds.toFixed(1)} s`;
  return seconds < 5400 ? `${(seconds / 60).toFixed(0)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
