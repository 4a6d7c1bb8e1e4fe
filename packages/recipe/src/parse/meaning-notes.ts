// Settings that work and mean something else than a NeMo user may expect.
import { parseDType } from '@automodel/core';
import { isMapping } from '../issues/is-mapping.js';
import type { RecipeNote } from './normalise.js';

/** Notes on those in a recipe. */
export function meaningNotes(recipe: Record<string, unknown>): RecipeNote[] {
  const value = (section: string, key: string): unknown =>
    isMapping(recipe[section]) ? recipe[section][key] : undefined;
  const notes: RecipeNote[] = [];
  if (value('checkpoint', 'save_consolidated') === false)
    notes.push({
      key: 'checkpoint.save_consolidated',
      because: 'every checkpoint is a complete Hugging Face folder, and so is the result',
    });
  if (![undefined, null, false, 'none'].includes(value('distributed', 'offload_policy') as null))
    notes.push({
      key: 'distributed.offload_policy',
      because: 'optimizer states are in the memory of the host anyway: a CPU has no other',
    });
  const dtype = value('model', 'torch_dtype');
  if (
    typeof dtype === 'string' &&
    parseDType(dtype) === 'bf16' &&
    (recipe['precision'] ?? 'auto') === 'auto'
  ) {
    notes.push({
      key: 'model.torch_dtype',
      because:
        'bf16 computes in bf16 and keeps f32 master weights; precision: bf16_pure keeps ' +
        'everything in bf16',
    });
  }
  return notes;
}
