// The columns of a data file that hold question and answer, if its first row has no known format:
// recognised by their names, or asked for.
import { existsLocally, openDataFiles, parseRow, readRows } from '@automodel/data';
import { AutomodelError } from '@automodel/core';
import type { ColumnPair } from './recipe-choice.js';

/** Common names of the columns of a question and its answer. */
const PAIRS = [
  ['question', 'answer'],
  ['instruction', 'response'],
  ['query', 'response'],
  ['input', 'output'],
  ['problem', 'solution'],
  ['prompt', 'response'],
  ['prompt', 'answer'],
] as const;

/**
 * Asks which of `columns` hold question and answer, or throws `refusal`, which says what is wrong
 * with the first row.
 */
export type AskColumns = (
  columns: readonly string[],
  refusal: AutomodelError,
) => Promise<ColumnPair>;

/** Undefined if no columns have to be named. Errors: those of reading the data. */
export async function dataColumns(
  data: string,
  workingDirectory: string,
  ask: AskColumns,
): Promise<ColumnPair | undefined> {
  if (!(await existsLocally(data, workingDirectory))) return undefined;
  for (const file of await openDataFiles(data, { workingDirectory })) {
    for await (const { value, source } of readRows(file)) {
      try {
        parseRow(value, source);
        return undefined;
      } catch (error) {
        const pair = PAIRS.find(
          ([prompt, completion]) => value[prompt] !== undefined && value[completion] !== undefined,
        );
        if (!(error instanceof AutomodelError)) throw error;
        return pair === undefined
          ? await ask(Object.keys(value), error)
          : { prompt: pair[0], completion: pair[1] };
      }
    }
  }
  return undefined;
}
