// The memory that a way of training takes, and which way fits this machine.
import { AutomodelError } from '@automodel/core';
import { planRecipe } from '../check/plan-recipe.js';
import { availableMemory } from '../machine/available-memory.js';
import type { OpenedRun } from '../open/opened-run.js';
import type { Method, RecipeChoice } from './recipe-choice.js';

/** Share of the memory that a plan may take. */
const USABLE = 0.85;

interface Planned {
  readonly rowLength: number;
  readonly choice: Pick<RecipeChoice, 'globalBatchSize' | 'localBatchSize'>;
  /** A method that cannot be planned is not an error. */
  readonly mayFail: boolean;
}

/** Planned peak bytes. Errors: those of planning, unless the method may fail. */
export async function plannedPeak(
  open: () => OpenedRun,
  { rowLength, choice, mayFail }: Planned,
): Promise<number | undefined> {
  const { globalBatchSize, localBatchSize } = choice;
  try {
    await using run = open();
    const planned = await planRecipe(run, {
      capacity: { token: rowLength * localBatchSize, document: localBatchSize },
      microBatches: globalBatchSize / localBatchSize,
      totalSteps: 1,
    });
    return planned.report.memory.peak;
  } catch (error) {
    const isMissing =
      error instanceof AutomodelError && ['missing-plugin', 'unsupported'].includes(error.code);
    if (mayFail && isMissing) return undefined;
    throw error;
  }
}

/** The first method that fits, or the one that takes the least memory. */
export function recommend(peaks: Readonly<Record<Method, number | undefined>>): Method {
  const room = availableMemory().bytes * USABLE;
  const fits = (['full', 'lora', 'qlora'] as const).find(
    (method) => (peaks[method] ?? Infinity) <= room,
  );
  const smallest = (['qlora', 'lora', 'full'] as const).find(
    (method) => peaks[method] !== undefined,
  );
  return fits ?? smallest ?? 'full';
}
