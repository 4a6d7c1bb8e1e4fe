// Jinja's filters `wordcount` and `wordwrap`; the latter as Python's textwrap.
import { valueError } from '../failures/failure.js';
import { countPoints, unitOf } from './code-points.js';
import { blend } from './join.js';
import { question, textOperation } from './operation.js';
import { splitLines } from './split.js';
import { charactersOf, type Str } from './text.js';

const WORD = /[\p{L}\p{N}_]+/gu;

export const countWords = question(
  (text: Str): number => charactersOf(text).match(WORD)?.length ?? 0,
);

const LETTER = '[\\p{L}\\p{Nl}\\p{No}_]';
const PUNCTUATED = '[\\p{L}\\p{N}_!"\'&.,?]';
const SPACE = '[\\t\\n\\x0b\\x0c\\r ]';
const CHUNK = new RegExp(
  `(${SPACE}+|(?<=${PUNCTUATED})-{2,}(?=[\\p{L}\\p{N}_])|[^\\t\\n\\x0b\\x0c\\r ]+?(?:` +
    `-(?:(?<=${LETTER}{2}-)|(?<=${LETTER}-${PUNCTUATED}-))(?=${LETTER}-?${LETTER})|` +
    `(?=${SPACE}|$)|(?<=${PUNCTUATED})(?=-{2,}[\\p{L}\\p{N}_])))`,
  'u',
);
const SPACE_CHUNK = new RegExp(`(${SPACE}+)`);

export interface WrapOptions {
  readonly width: number;
  readonly breakLongWords: boolean;
  readonly breakOnHyphens: boolean;
}

/** The lines of a text, each wrapped. Errors: ValueError for a width below 1. */
export const wrapLines = textOperation(
  (
    text: Str,
    width: number,
    breakLongWords: boolean,
    separator: Str,
    breakOnHyphens: boolean,
  ): Str => {
    const between = charactersOf(separator);
    const options = { width, breakLongWords, breakOnHyphens };
    const wrapped = plainLines(charactersOf(text))
      .map((line) => wrap(line, options).join(between))
      .join(between);
    return blend(wrapped, text, separator);
  },
);

function plainLines(text: string): string[] {
  const plain = { recorder: undefined, spend: () => undefined };
  return splitLines(plain, text, false).map(charactersOf);
}

function wrap(line: string, options: WrapOptions): string[] {
  if (options.width <= 0) throw valueError(`invalid width ${options.width} (must be > 0)`);
  const pattern = options.breakOnHyphens ? CHUNK : SPACE_CHUNK;
  const chunks = line
    .split(pattern)
    .filter((chunk) => chunk !== '')
    .reverse();
  const lines: string[] = [];
  while (chunks.length > 0) {
    if (lines.length > 0 && isBlank(chunks.at(-1))) chunks.pop();
    const current = takeLine(chunks, options);
    if (isBlank(current.at(-1))) current.pop();
    if (current.length > 0) lines.push(current.join(''));
  }
  return lines;
}

function isBlank(chunk: string | undefined): boolean {
  return (
    chunk !== undefined &&
    /^[\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$/.test(chunk)
  );
}

/** The chunks of one line, taken from the end of `chunks`. */
function takeLine(chunks: string[], options: WrapOptions): string[] {
  const line: string[] = [];
  let length = 0;
  for (let chunk = chunks.at(-1); chunk !== undefined; chunk = chunks.at(-1)) {
    const next = length + countPoints(chunk);
    if (next > options.width) break;
    line.push(chunk);
    chunks.pop();
    length = next;
  }
  const rest = chunks.at(-1);
  if (rest !== undefined && countPoints(rest) > options.width)
    breakWord(chunks, rest, line, options.width - length, options);
  return line;
}

/** Puts as much of a word that is too long on the line as fits. */
function breakWord(
  chunks: string[],
  word: string,
  line: string[],
  space: number,
  { breakLongWords, breakOnHyphens }: WrapOptions,
): void {
  if (!breakLongWords) {
    if (line.length === 0) line.push(...chunks.splice(-1));
    return;
  }
  let end = unitOf(word, space);
  const hyphen = word.slice(0, end).lastIndexOf('-');
  if (breakOnHyphens && hyphen > 0 && /[^-]/.test(word.slice(0, hyphen))) end = hyphen + 1;
  line.push(word.slice(0, end));
  chunks[chunks.length - 1] = word.slice(end);
}
