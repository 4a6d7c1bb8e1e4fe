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
  const changed = KEYS.filter((key) => {
    const [was, is] = [then[`lr_scheduler.${key}`], now[`lr_scheduler.${key}`]];
    const follows = section !== null && (section[key] ?? null) === null;
    return follows && typeof was === 'number' && typeof is === 'number' && was !== is;
  }).map((key) => `lr_scheduler.${key}`);
  if (changed.length === 0) return;
  const steps = (name: string): string => `${String(then[name])} steps, now ${String(now[name])}`;
  const named = changed.map((name) => `${name} (${steps(name)})`).join(', ');
  throw new AutomodelError(
    'conflict',
    `the length of the run cannot change, because ${named} would change with it: the steps so ` +
      'far would have had other rates',
    {
      location: path,
      hint:
        'keep num_epochs and max_steps, start a new run from the weights, or keep the schedule ' +
        `that was used: ${changed.map((name) => `--${name} ${String(then[name])}`).join(' ')}`,
    },
  );
}
