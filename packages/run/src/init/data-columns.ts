// The columns of a data file that hold question and answer, if its rows have no known format:
// recognised by their names, guessed from what is in them, or asked for.
import {
  existsLocally,
  openDataFiles,
  parseRow,
  type JsonObject,
  type ParsedRow,
  type RowSource,
} from '@automodel/data';
import { AutomodelError } from '@automodel/core';
import { guessColumns, type ColumnGuess } from './guess-columns.js';
import type { ColumnPair } from './recipe-choice.js';
import { spreadRows } from './spread-rows.js';

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

/** A label beside a text is learned if it follows from the text this much better than by chance. */
const CLEARLY_FOLLOWS = 0.2;
/** Longer texts are documents, and what stands beside them describes them. */
const DOCUMENT_LENGTH = 1500;

/**
 * Asks which of `columns` hold question and answer, or throws `refusal`, which says what is wrong
 * with the first row.
 */
export type AskColumns = (
  columns: readonly string[],
  refusal: AutomodelError,
) => Promise<ColumnPair>;

interface ColumnsOptions {
  readonly workingDirectory: string;
  /** Of a folder with several. */
  readonly split: string | undefined;
  readonly ask: AskColumns;
}

/** Undefined if no columns have to be named. Errors: those of reading the data. */
export async function dataColumns(
  data: string,
  { workingDirectory, split, ask }: ColumnsOptions,
): Promise<ColumnPair | undefined> {
  if (!(await existsLocally(data, workingDirectory))) return undefined;
  const { rows } = await spreadRows(await openDataFiles(data, { workingDirectory, split }));
  const [first] = rows;
  if (first === undefined) return undefined;
  const values = rows.map(({ value }) => value);
  const parsed = parsedOrRefused(first.value, first.source);
  if (!(parsed instanceof AutomodelError))
    return parsed.kind === 'text' ? labelOfText(values) : undefined;
  return (
    namedPair(first.value) ??
    pairOf(guessColumns(values)) ??
    (await ask(Object.keys(first.value), parsed))
  );
}

function parsedOrRefused(value: JsonObject, source: RowSource): ParsedRow | AutomodelError {
  try {
    return parseRow(value, source);
  } catch (error) {
    if (error instanceof AutomodelError) return error;
    throw error;
  }
}

function namedPair(row: JsonObject): ColumnPair | undefined {
  const names = new Map(Object.keys(row).map((name) => [name.toLowerCase(), name]));
  for (const [question, answer] of PAIRS) {
    const [prompt, completion] = [names.get(question), names.get(answer)];
    if (prompt !== undefined && completion !== undefined) return { prompt, completion };
  }
  return undefined;
}

const pairOf = (guess: ColumnGuess | undefined): ColumnPair | undefined =>
  guess && { prompt: guess.prompt, completion: guess.completion };

/** A column named text and a label that follows from it are question and answer. */
function labelOfText(rows: readonly JsonObject[]): ColumnPair | undefined {
  const guess = guessColumns(rows);
  if (guess?.prompt !== 'text' || guess.questionLength > DOCUMENT_LENGTH) return undefined;
  const isAnswer = guess.isNamed || (guess.isLabel && guess.lift >= CLEARLY_FOLLOWS);
  return isAnswer ? pairOf(guess) : undefined;
}
