// The columns of a data file that hold question and answer, if its first row has no known format:
// recognised by their names, or asked for.
import { existsLocally, openDataFiles, parseExample, readRows } from '@automodel/data';
import { AutomodelError } from '@automodel/core';
import type { CliContext } from '../cli-context.js';
import type { ColumnPair } from '../grammar/option-values.js';
import { askColumns } from './questions.js';

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

/** Undefined where no columns have to be named. Errors: those of reading the data. */
export async function dataColumns(
  context: CliContext,
  data: string,
): Promise<ColumnPair | undefined> {
  const { workingDirectory } = context;
  if (!(await existsLocally(data, workingDirectory))) return undefined;
  for (const file of await openDataFiles(data, { workingDirectory })) {
    for await (const { value, source } of readRows(file)) {
      try {
        parseExample(value, source);
        return undefined;
      } catch (error) {
        const pair = PAIRS.find(
          ([prompt, completion]) => value[prompt] !== undefined && value[completion] !== undefined,
        );
        if (!(error instanceof AutomodelError)) throw error;
        return pair === undefined
          ? await askColumns(context, Object.keys(value), error)
          : { prompt: pair[0], completion: pair[1] };
      }
    }
  }
  return undefined;
}
