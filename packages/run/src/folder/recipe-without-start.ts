// What makes two recipes one run's: all their settings but the checkpoint that it goes on from.
import { isMapping } from '@automodel/recipe';
import { parse } from 'yaml';

/** A recipe's settings without the checkpoint that it goes on from. */
export function withoutStart(recipeText: string): unknown {
  const recipe: unknown = parse(recipeText);
  if (!isMapping(recipe) || !isMapping(recipe['checkpoint'])) return recipe;
  const { restore_from: _, ...checkpoint } = recipe['checkpoint'];
  return { ...recipe, checkpoint };
}
