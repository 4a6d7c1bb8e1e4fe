// What the values of one column look like: whether they could be questions, answers or labels, or
// are identifiers, dates and addresses, which are neither.
import type { JsonObject } from '@automodel/data';

/** One column of some rows. */
export interface ColumnProfile {
  readonly name: string;
  /** Place from the left. */
  readonly place: number;
  /** By row, trimmed; empty where a row has no text. */
  readonly values: readonly string[];
  readonly meanLength: number;
  readonly meanWords: number;
  /** Share of values that end with a question mark. */
  readonly questions: number;
  /** Few distinct values, each of them short and common. */
  readonly isLabel: boolean;
  readonly isNumber: boolean;
}

/** Shorter columns tell nothing about what repeats. */
const FEWEST_ROWS = 4;
const LABEL_LENGTH = 60;
const MAX_LABELS = 100;
/** A label is seen this often on average. */
const LABEL_REPEATS = 3;
const MOST = 0.9;

const WORDS = /[\p{L}\p{N}]+/gu;

/** The words of a text in lower case: runs of letters and digits. */
export const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(WORDS) ?? [];

const mean = (numbers: readonly number[]): number =>
  numbers.reduce((sum, value) => sum + value, 0) / Math.max(1, numbers.length);

const share = (values: readonly string[], test: (value: string) => boolean): number =>
  mean(values.map((value) => (test(value) ? 1 : 0)));

const DATE = /^\d{4}-\d\d?-\d\d?([T ].*)?$|^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}( .*)?$/;
const ADDRESS = /^(https?:\/\/|www\.)\S+$|^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const CODE = /^[A-Za-z]{0,8}[-_#]?\d+$|^[0-9a-f-]{8,}$/i;
const NUMBER = /^[-+]?[$€£]?\s?\d[\d.,\s]*\s?[%€$£]?$/;

/** Whether values are labels: few distinct ones, each short and seen several times on average. */
export function areLabels(values: readonly string[]): boolean {
  const distinct = new Set(values).size;
  return (
    values.length >= FEWEST_ROWS &&
    distinct >= 2 &&
    distinct <= Math.min(MAX_LABELS, values.length / LABEL_REPEATS) &&
    values.every(({ length }) => length <= LABEL_LENGTH)
  );
}

/** Whether nearly all values are numbers. */
export const areNumbers = (values: readonly string[]): boolean =>
  share(values, (value) => NUMBER.test(value)) >= MOST;

/** Numbered, or codes that never repeat. */
function isIdentifier(values: readonly string[], distinct: number): boolean {
  if (distinct < values.length) return false;
  const numbers = values.map(Number);
  const isRising = numbers.every((value, i) => i === 0 || value > numbers[i - 1]!);
  const isWhole = numbers.every((value) => Number.isInteger(value));
  if (isWhole) return isRising;
  return values.every((value) => CODE.test(value));
}

/** The columns of `rows` that could be questions or answers, from the left. */
export function usableColumns(rows: readonly JsonObject[]): readonly ColumnProfile[] {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return names.flatMap((name, place) => {
    const profile = profileOf(rows, name, place);
    return profile === undefined ? [] : [profile];
  });
}

/** Undefined for a column that is neither question nor answer. */
function profileOf(
  rows: readonly JsonObject[],
  name: string,
  place: number,
): ColumnProfile | undefined {
  const isText = rows.every((row) => ['string', 'undefined'].includes(typeof (row[name] ?? '')));
  const values = rows.map((row) => (typeof row[name] === 'string' ? row[name].trim() : ''));
  const filled = values.filter((value) => value !== '');
  const distinct = new Set(filled).size;
  if (!isText || filled.length < MOST * rows.length || distinct < 2) return undefined;
  if (isIdentifier(filled, distinct)) return undefined;
  if ([DATE, ADDRESS].some((kind) => share(filled, (value) => kind.test(value)) >= MOST))
    return undefined;
  return {
    name,
    place,
    values,
    meanLength: mean(filled.map(({ length }) => length)),
    meanWords: mean(filled.map((value) => wordsOf(value).length)),
    questions: share(filled, (value) => value.endsWith('?')),
    isLabel: areLabels(filled),
    isNumber: areNumbers(filled),
  };
}
