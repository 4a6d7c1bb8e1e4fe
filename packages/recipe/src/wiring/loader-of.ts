// How a recipe cuts a data set into global batches: packed or one after the other, or in the rectangle that a recorded graph takes.
import type { LanguageModel } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { BatchLoader, type Dataset } from '@automodel/data';
import type { ResolvedRecipe } from '../schema/recipe-schema.js';

/** Global batches of a data set as the recipe cuts them; validation sets are not shuffled. Errors: `unsupported` for packing with a recorded graph; those of the loader. */
export function loaderOf(model: LanguageModel, { samples }: Pick<Dataset, 'samples'>, recipe: ResolvedRecipe, shuffle: boolean): BatchLoader {
  const { global_batch_size: globalBatchSize, local_batch_size: localBatchSize } = recipe.step_scheduler;
  const { packed_sequence_size: packedSequenceSize, drop_long_samples: dropLong, packing_strategy: packingStrategy, max_packs } = recipe.packed_sequence;
  const common = { samples, globalBatchSize, localBatchSize, shuffle, seed: recipe.seed };
  if (model.kind !== 'recorded') return new BatchLoader({ ...common, packedSequenceSize, packingStrategy, maxPacks: max_packs ?? undefined, overlong: dropLong ? 'drop' : 'error' });
  if (packedSequenceSize > 0)
    throw new AutomodelError('unsupported', `packed_sequence.packed_sequence_size is ${packedSequenceSize}, but a recorded graph takes one document a row`, { location: model.source, hint: 'Set it to 0.' });
  return new BatchLoader({ ...common, rectangle: model });
}
