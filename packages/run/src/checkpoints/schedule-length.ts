// Which steps of a schedule follow the length of the run. A run may become longer, also when it is
// finished, as long as every step so far would have had the same rates.
import { AutomodelError } from '@automodel/core';
import type { ResolvedRecipe } from '@automodel/recipe';
import { scheduleLengths } from '@automodel/train';
import { scheduleOptionsOf, stepSchedulerOf } from '../open/training-settings.js';

/** Keys of lr_scheduler that follow the length of the run where they are not stated. */
const KEYS = ['lr_warmup_steps', 'lr_decay_steps', 'wd_incr_steps'] as const;

type LengthKey = (typeof KEYS)[number];

/** The steps that rates depend on, by dotted key, stated or not; null: on none. */
export function lengthIdentity(
  recipe: ResolvedRecipe,
  stepsPerEpoch: number,
): Readonly<Record<string, number | null>> {
  const { totalSteps } = stepSchedulerOf(recipe, stepsPerEpoch);
  const options = scheduleOptionsOf(recipe, totalSteps);
  if (options === undefined) return {};
  const { lrWarmupSteps, lrDecaySteps, wdIncrSteps } = scheduleLengths(options);
  const lengths: Readonly<Record<LengthKey, number | undefined>> = {
    lr_warmup_steps: lrWarmupSteps,
    lr_decay_steps: lrDecaySteps,
    wd_incr_steps: wdIncrSteps,
  };
  return Object.fromEntries(KEYS.map((key) => [`lr_scheduler.${key}`, lengths[key] ?? null]));
}

/**
 * Errors: `conflict` where a length that the recipe does not state was another one in the run that
 * saved the checkpoint at `path`, so that its steps had other rates.
 */
export function checkLengths(
  { lr_scheduler: section }: ResolvedRecipe,
  then: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
  path: string,
): void {
  for (const key of KEYS) {
    const name = `lr_scheduler.${key}`;
    const [was, is] = [then[name], now[name]];
    if (section === null || (section[key] ?? null) !== null) continue;
    if (typeof was !== 'number' || typeof is !== 'number' || was === is) continue;
    const rates = key === 'wd_incr_steps' ? 'weight decays' : 'learning rates';
    throw new AutomodelError(
      'conflict',
      `the length of the run cannot change: ${name} is not stated and follows it, it was ${was} ` +
        `and is ${is}, so that the steps so far had other ${rates}`,
      {
        location: path,
        hint:
          `keep num_epochs and max_steps, or go on after the schedule with ${name} ${was}, or ` +
          'start a new run from the weights',
      },
    );
  }
}
