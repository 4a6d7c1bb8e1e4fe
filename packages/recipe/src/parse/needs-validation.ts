// Settings that go by the loss on a validation set need one.
import type { z } from 'zod';
import type { Issue } from '../issues/issue.js';
import type { recipeSchema, ResolvedDataset } from '../schema/recipe-schema.js';

/** `early_stopping` and `checkpoint.load_best_at_end` without the set that decides. */
export function needsValidation(
  recipe: z.output<typeof recipeSchema>,
  named: Readonly<Record<string, ResolvedDataset>>,
): Issue[] {
  const { checkpoint, early_stopping: stopping, validation_dataset: plain } = recipe;
  const { best_metric_key: set } = checkpoint;
  const isThere = set === 'default' ? (plain ?? null) !== null : Object.hasOwn(named, set);
  if (isThere) return [];
  const message =
    set === 'default'
      ? 'needs validation_dataset: rows that are never trained on'
      : `needs validation_dataset_${set}, which checkpoint.best_metric_key names`;
  return [
    ...(stopping === null ? [] : [{ path: ['early_stopping'], at: 'key', message } as const]),
    ...(checkpoint.load_best_at_end
      ? [{ path: ['checkpoint', 'load_best_at_end'], at: 'key', message } as const]
      : []),
  ];
}
