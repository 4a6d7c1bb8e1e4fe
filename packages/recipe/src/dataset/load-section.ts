// Loads a data set section of a recipe: the file, its columns, its mask and the rows asked for.
import { resolve } from 'node:path';
import { loadDataset, type ColumnNames, type Dataset, type DatasetProgress, type Tokenizer } from '@automodel/data';
import { AutomodelError } from '@automodel/core';
import type { ResolvedDataset } from '../schema/recipe-schema.js';
import { selectRows } from './select-rows.js';

export interface LoadSectionOptions {
  readonly workingDirectory: string;
  readonly vocabularySize: number;
  readonly onProgress?: ((progress: DatasetProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The columns a section names; question and answer are prompt and completion. */
export function columnsOf(section: ResolvedDataset): ColumnNames {
  const { context, question, answer, messages, tools, text, prompt, completion } = section.column_mapping ?? {};
  if (context !== undefined) throw new AutomodelError('unsupported', 'dataset.column_mapping.context is not supported: join context and question in one column, or write rows of messages');
  if (question !== undefined && prompt !== undefined) throw new AutomodelError('bad-recipe', 'dataset.column_mapping: question and prompt are the same setting; give one of them');
  if (answer !== undefined && completion !== undefined) throw new AutomodelError('bad-recipe', 'dataset.column_mapping: answer and completion are the same setting; give one of them');
  return { messages, tools, text, prompt: prompt ?? question, completion: completion ?? answer };
}

/** The file of a section. */
export const dataFile = (section: ResolvedDataset, workingDirectory: string): string => resolve(workingDirectory, section.path_or_dataset_id);

/** Reads, tokenises and selects. Errors: those of `loadDataset`, and `bad-data` for a row with ids that the model does not have. */
export async function loadSection(tokenizer: Tokenizer, section: ResolvedDataset, options: LoadSectionOptions): Promise<Dataset> {
  const { workingDirectory, vocabularySize, onProgress, signal } = options;
  const dataset = await loadDataset(tokenizer, dataFile(section, workingDirectory), {
    columns: columnsOf(section),
    maxLength: section.seq_length ?? undefined,
    overlong: section.overlong,
    maskHistory: section.mask_history,
    useChatTemplate: section.use_hf_chat_template,
    onProgress,
    signal,
  });
  const selected = selectRows(dataset, section);
  checkVocabulary(selected, tokenizer, vocabularySize);
  return selected;
}

function checkVocabulary({ samples }: Dataset, tokenizer: Tokenizer, vocabularySize: number): void {
  if (tokenizer.vocabSize <= vocabularySize) return;
  for (const { inputIds, source } of samples) {
    const id = inputIds.find((value) => value >= vocabularySize);
    if (id !== undefined) {
      throw new AutomodelError('bad-data', `token ${JSON.stringify(tokenizer.idToToken(id))} has id ${id}, the model knows ${vocabularySize} ids`, { location: `${source.file}:${source.row}`, hint: 'use the tokenizer that belongs to the model' });
    }
  }
}
