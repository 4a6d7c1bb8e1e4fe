// How a recipe cuts a data set into global batches.
import { BatchLoader, type Dataset } from '@automodel/data';
import type { ResolvedRecipe } from '../schema/recipe-schema.js';

/** Global batches of a data set as the recipe cuts them; validation sets are not shuffled. */
export function loaderOf({ samples }: Dataset, recipe: ResolvedRecipe, shuffle: boolean): BatchLoader {
  const { global_batch_size: globalBatchSize, local_batch_size: localBatchSize } = recipe.step_scheduler;
  const { packed_sequence_size: packedSequenceSize, drop_long_samples: dropLong } = recipe.packed_sequence;
  return new BatchLoader({ samples, globalBatchSize, localBatchSize, packedSequenceSize, overlong: dropLong ? 'drop' : 'error', shuffle, seed: recipe.seed });
}
