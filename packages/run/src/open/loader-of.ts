// How a recipe cuts a data set into global batches: packed or one after the other, or in the
// rectangle that a recorded graph takes.
import { availableParallelism } from 'node:os';
import type { LanguageModel, Ranks, Rectangle } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import {
  BatchLoader,
  StreamingLoader,
  type DataFile,
  type Dataset,
  type SampleSet,
  type Tokenizer,
} from '@automodel/data';
import { rowOptionsOfSection } from './load-section.js';
import type { ResolvedRecipe, ResolvedSection } from '@automodel/recipe';

/**
 * Global batches of a data set as the recipe cuts them; validation sets are not shuffled. `ranks`:
 * the processes that share them. Errors: `unsupported` for packing with a recorded graph; those of
 * the loader.
 */
export function loaderOf(
  model: LanguageModel,
  { samples }: Pick<Dataset, 'samples'>,
  recipe: ResolvedRecipe,
  { shuffle, ranks }: { readonly shuffle: boolean; readonly ranks: Ranks },
): BatchLoader {
  const { global_batch_size: globalBatchSize, local_batch_size: localBatchSize } =
    recipe.step_scheduler;
  const {
    packed_sequence_size: packedSequenceSize,
    drop_long_samples: dropLong,
    packing_strategy: packingStrategy,
    max_packs,
  } = recipe.packed_sequence;
  const common = {
    samples,
    columns: model.batch.columns,
    globalBatchSize,
    localBatchSize,
    worldSize: ranks.size,
    rank: ranks.rank,
    shuffle,
    seed: recipe.seed,
  };
  const rectangle = rectangleOf(model, packedSequenceSize);
  if (rectangle !== undefined) return new BatchLoader({ ...common, rectangle });
  return new BatchLoader({
    ...common,
    packedSequenceSize,
    packingStrategy,
    maxPacks: max_packs ?? undefined,
    overlong: dropLong ? 'drop' : 'error',
  });
}

/** The rows that a model's batches are fixed to. Errors: `unsupported` for packing beside them. */
function rectangleOf(
  { batch: { rectangle } }: LanguageModel,
  packedSequenceSize: number,
): Rectangle | undefined {
  if (rectangle !== undefined && packedSequenceSize > 0)
    throw new AutomodelError(
      'unsupported',
      `packed_sequence.packed_sequence_size is ${packedSequenceSize}, but a recorded graph takes ` +
        'one document a row',
      { location: rectangle.source, hint: 'set it to 0' },
    );
  return rectangle;
}

/** What a stream takes from the rest of the run. */
export interface StreamingSources {
  readonly ranks: Ranks;
  /** Processes of the run on this machine: each reads the stream. */
  readonly localProcesses: number;
  readonly first: SampleSet | undefined;
  /** Texts of the tokens at which the model stops. */
  readonly stopTokens: readonly string[];
}

/** One thread of each process trains. */
const threadsAmong = (processes: number): number =>
  Math.max(0, Math.floor(availableParallelism() / processes) - 1);

/**
 * Batches of the recipe's training files, those of `section`, as they are read; `first` are samples
 * of their first rows. Errors: `bad-recipe` for what streaming needs and the recipe lacks; those of
 * the loader.
 */
export function streamingLoaderOf(
  model: LanguageModel,
  tokenizer: Tokenizer,
  files: readonly DataFile[],
  section: ResolvedSection,
  recipe: ResolvedRecipe,
  { ranks, localProcesses, first, stopTokens }: StreamingSources,
): StreamingLoader {
  const {
    global_batch_size: globalBatchSize,
    local_batch_size: localBatchSize,
    max_steps: steps,
  } = recipe.step_scheduler;
  const {
    packed_sequence_size: packedSequenceSize,
    drop_long_samples: dropLong,
    packing_strategy: packingStrategy,
    max_packs: maxPacks,
  } = recipe.packed_sequence;
  if (steps === null)
    throw new AutomodelError(
      'bad-recipe',
      'dataset.streaming needs step_scheduler.max_steps: how many rows there are is not known ' +
        'ahead',
    );
  if (maxPacks !== undefined && maxPacks !== null)
    throw new AutomodelError(
      'bad-recipe',
      'packed_sequence.max_packs cannot be used with dataset.streaming, which reads all rows',
      { hint: 'limit the run with step_scheduler.max_steps' },
    );
  return new StreamingLoader(tokenizer, {
    files,
    rows: rowOptionsOfSection(section, { vocabularySize: model.vocabularySize, stopTokens }),
    globalBatchSize,
    localBatchSize,
    worldSize: ranks.size,
    rank: ranks.rank,
    packedSequenceSize,
    packingStrategy,
    overlong: dropLong ? 'drop' : 'error',
    rectangle: rectangleOf(model, packedSequenceSize),
    columns: model.batch.columns,
    first,
    windowRows: section.shuffle_buffer_size ?? undefined,
    shuffle: recipe.dataloader.shuffle,
    seed: recipe.seed,
    steps,
    threads: localProcesses === 1 ? undefined : threadsAmong(localProcesses),
  });
}
