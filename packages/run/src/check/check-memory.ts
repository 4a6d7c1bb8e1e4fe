// Checks the memory that the plan needs against what this process may take.
import { availableMemory } from '../machine/available-memory.js';
import { formatBytes } from '../machine/format-bytes.js';
import { planRecipe, type PlannedOf } from './plan-recipe.js';
import { failure, ok, warning, type Finding } from './finding.js';

/** Above this share of the available memory, little is left for anything else. */
const TIGHT = 0.9;

export async function checkMemory(run: PlannedOf): Promise<readonly Finding[]> {
  const { report, totalSteps, stepSeconds } = await planRecipe(run, undefined);
  const { peak } = report.memory;
  const { bytes, limitedBy } = availableMemory();
  const sentence =
    `the plan takes ${formatBytes(peak)} at its peak, ${formatBytes(bytes)} are available ` +
    `(${limitedBy})`;
  const hint =
    'lower step_scheduler.local_batch_size or the row length, set memory.budget_gb to recompute ' +
    'activations, or train an adapter (peft) instead of all weights';
  const time = ok(
    'memory',
    `${totalSteps} steps, at least ${duration(stepSeconds * totalSteps)} on this machine`,
  );
  if (peak > bytes) return [failure('memory', sentence, hint), time];
  return [peak > TIGHT * bytes ? warning('memory', sentence, hint) : ok('memory', sentence), time];
}

function duration(seconds: number): string {
  if (seconds < 90) return `${seconds.toFixed(1)} s`;
  return seconds < 5400 ? `${(seconds / 60).toFixed(0)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
