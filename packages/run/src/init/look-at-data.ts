// What the rows of a data set are, for the choices of a recipe: plain text or questions with
// answers, how many there are, and what the answers look like.
import {
  openDataFiles,
  parseRow,
  type DataFile,
  type FormatOptions,
  type ParsedRow,
  type TextUnit,
} from '@automodel/data';
import { messageText } from '../evaluation/reference-answer.js';
import { spreadRows } from './spread-rows.js';

/** What was found. */
export interface DataFacts {
  /** At most `COUNTED`. */
  readonly count: number;
  /** Plain text, all of it trained. */
  readonly isText: boolean;
  /** What is learned to be answered, of some rows. */
  readonly answers: readonly string[];
}

/** Errors: those of reading the rows. */
export async function dataFacts(
  files: readonly DataFile[],
  format: FormatOptions,
): Promise<DataFacts> {
  const { rows, count } = await spreadRows(files);
  const parsed = rows.map(({ value, source }) => parseRow(value, source, format));
  return {
    count,
    isText: parsed.length > 0 && parsed.every(({ kind }) => kind === 'text'),
    answers: parsed.map(answerOf).filter((answer) => answer !== undefined),
  };
}

function answerOf(row: ParsedRow): string | undefined {
  switch (row.kind) {
    case 'text':
      return undefined;
    case 'continuation':
      return row.target;
    case 'completion':
      return row.completion;
    case 'chat': {
      const last = row.messages.findLast(({ role }) => role === 'assistant');
      return last && messageText(last);
    }
  }
}

/** Files from this number on are taken for documents. */
const MANY_FILES = 10;
/** Fewer rows are too few to hold some of them out. */
const FEW_ROWS = 10;

/**
 * What one row of text files should be: of many files, each is a document; of few, the paragraphs
 * where blank lines part some. Undefined: lines, or no text files.
 */
export async function textUnitOf(files: readonly DataFile[]): Promise<TextUnit | undefined> {
  if (files.some(({ format }) => format !== 'text')) return undefined;
  if (files.length >= MANY_FILES) return 'document';
  const paths = files.map(({ path }) => path);
  const lines = await spreadRows(files);
  const paragraphs = await spreadRows(await openDataFiles(paths, { sampleBy: 'paragraph' }));
  return paragraphs.count >= FEW_ROWS && paragraphs.count < lines.count ? 'paragraph' : undefined;
}
