// Loads a data set section of a recipe: its files, its columns, its mask and the rows asked for,
// through the cache of tokenised data. A mixture is loaded set by set.
import {
  defaultCacheDirectory,
  loadDataset,
  loadRows,
  mixDatasets,
  type Dataset,
  type DatasetProgress,
  type OnWrongRow,
  type RowOptions,
  type Rows,
  type RowSelection,
  type MixtureMember,
  type Tokenizer,
} from '@automodel/data';
import type { HubOptions } from '@automodel/hub';
import type { ResolvedDataset, ResolvedMixture, ResolvedSection } from '@automodel/recipe';
import { AutomodelError } from '@automodel/core';
import { allSets } from './all-sets.js';
import { dataFile, formatOf, openSection } from './open-section.js';

export interface LoadSectionOptions {
  readonly workingDirectory: string;
  readonly vocabularySize: number;
  /** Texts of the tokens at which the model stops. */
  readonly stopTokens: readonly string[];
  /** The recipe's seed, for mixtures without their own. Default 42. */
  readonly seed?: number | undefined;
  /** Default `throw`. */
  readonly onWrongRow?: OnWrongRow | undefined;
  readonly onProgress?: ((progress: DatasetProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Options for data sets of the hub. */
  readonly hub?: Omit<HubOptions, 'revision'> | undefined;
}

/** How the rows of a section become samples. */
export function rowOptionsOfSection(
  section: ResolvedSection,
  { vocabularySize, stopTokens }: Pick<LoadSectionOptions, 'vocabularySize' | 'stopTokens'>,
): RowOptions {
  return {
    ...formatOf(section),
    vocabularySize,
    stopTokens,
    maxLength: section.seq_length ?? undefined,
    overlong: section.overlong,
    maskHistory: section.mask_history,
    maskReasoning: section.mask_reasoning_content,
    appendEos: section.append_eos,
    useChatTemplate: section.use_hf_chat_template,
    trainAll: !section.answer_only_loss_mask,
  };
}

/** The rows that a section asks for. */
export function selectionOf({
  split,
  limit_dataset_samples: limit,
  shuffle_seed: seed,
}: ResolvedSection): RowSelection {
  return { split: split ?? undefined, limit: limit ?? undefined, shuffleSeed: seed ?? undefined };
}

/**
 * Selects, reads and tokenises. Errors: those of `openSection` and `loadDataset`, among them
 * `bad-data` for a row with ids that the model does not have.
 */
export async function loadSection(
  tokenizer: Tokenizer,
  section: ResolvedDataset,
  options: LoadSectionOptions,
): Promise<Dataset> {
  if (section.type === 'mixed') return loadMixture(tokenizer, section, options);
  const { workingDirectory, onWrongRow, onProgress, signal, hub } = options;
  const skipped: string[] = [];
  const files = await openSection(section, {
    ...hub,
    workingDirectory,
    signal,
    onSkipped: (sentence) => skipped.push(sentence),
  });
  const { report, ...dataset } = await loadDataset(tokenizer, files, {
    ...rowOptionsOfSection(section, options),
    selection: selectionOf(section),
    cache: section.cache ? { directory: defaultCacheDirectory() } : undefined,
    onWrongRow,
    onProgress,
    signal,
  });
  return { ...dataset, report: { ...report, notes: [...report.notes, ...skipped] } };
}

async function loadMixture(
  tokenizer: Tokenizer,
  { datasets, stopping_strategy: stoppingStrategy, seed }: ResolvedMixture,
  options: LoadSectionOptions,
): Promise<Dataset> {
  const loads = datasets.map((section) => async (): Promise<MixtureMember> => ({
    file: dataFile(section, options.workingDirectory),
    weight: section.weight,
    dataset: await loadSection(tokenizer, section, options),
  }));
  const members = await allSets(loads);
  return mixDatasets(members, { stoppingStrategy, seed: seed ?? options.seed });
}

/** The path of a section whose rows are given by the calling program. */
export const GIVEN_ROWS = 'rows of the program';

/**
 * The rows that are given by the calling program, read as `section` says. Errors: those of
 * `loadRows`; `unsupported` for streaming and mixtures, which read files.
 */
export async function loadGivenRows(
  tokenizer: Tokenizer,
  rows: Rows,
  section: ResolvedDataset,
  options: LoadSectionOptions,
): Promise<Dataset> {
  if (section.type === 'mixed')
    throw new AutomodelError(
      'unsupported',
      'dataset.type mixed reads files; rows of a program are one data set',
      { hint: 'mix the rows in the program' },
    );
  if (section.streaming)
    throw new AutomodelError(
      'unsupported',
      'dataset.streaming reads files; rows of a program are read once, as a whole',
      { hint: 'leave streaming out' },
    );
  return loadRows(tokenizer, rows, {
    ...rowOptionsOfSection(section, options),
    name: GIVEN_ROWS,
    selection: selectionOf(section),
    onWrongRow: options.onWrongRow,
    signal: options.signal,
  });
}
