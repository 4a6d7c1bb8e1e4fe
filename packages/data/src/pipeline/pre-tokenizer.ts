// The pre-tokenizers of tokenizer.json: they cut a text into the pieces that the model sees one by
// one, and write some characters otherwise.
import { PUNCTUATION, SPACES, WORD_CHARACTERS } from '../patterns/known-sets.js';
import {
  characterPattern,
  expressionPattern,
  textPattern,
  type Pattern,
} from '../patterns/pattern.js';
import { GPT2_PATTERN } from '../patterns/published-patterns.js';
import { translatePattern } from '../patterns/translate-pattern.js';
import { byteCharacters } from './byte-characters.js';
import type { Part } from './part.js';
import { BEHAVIORS, slice, splitPiece, type Behavior, type Piece } from './piece.js';

export interface PreTokenizer {
  /** All pieces at once: a pattern is matched against all of them in one call. */
  split(pieces: readonly Piece[]): readonly Piece[];
  /** The pieces are the matches of this expression, which is global, and what lies between. */
  readonly words?: RegExp | undefined;
}

const DIGITS = '\\p{N}';

const TYPES: Readonly<Record<string, (part: Part) => PreTokenizer>> = {
  BertPreTokenizer: () =>
    inTurn([
      splitting(characterPattern(SPACES), 'Removed'),
      splitting(characterPattern(PUNCTUATION), 'Isolated'),
    ]),
  ByteLevel: byteLevel,
  CharDelimiterSplit: (part) => splitting(textPattern(part.character('delimiter')), 'Removed'),
  Metaspace: metaspace,
  Whitespace: () =>
    splitting(
      inverted(
        expressionPattern(
          new RegExp(`[${WORD_CHARACTERS}]+|[^${WORD_CHARACTERS}${SPACES}]+`, 'gv'),
        ),
      ),
      'Removed',
    ),
  Sequence: (part) => inTurn(part.list('pretokenizers').map(readPreTokenizer)),
  Split: (part) => {
    const pattern = part.pattern();
    const behavior = part.choice('behavior', BEHAVIORS);
    return splitting(part.flag('invert') ? inverted(pattern) : pattern, behavior);
  },
  Punctuation: (part) =>
    splitting(characterPattern(PUNCTUATION), part.choice('behavior', BEHAVIORS, 'Isolated')),
  WhitespaceSplit: () => splitting(characterPattern(SPACES), 'Removed'),
  Digits: (part) =>
    splitting(characterPattern(DIGITS), part.flag('individual_digits') ? 'Isolated' : 'Contiguous'),
  FixedLength: (part) => {
    const length = part.count('length', 5);
    if (length === 0) throw part.bad(`${part.path}.length must be at least 1`);
    return fixedLength(length);
  },
};

/** Errors: `unsupported` and `bad-file` naming the part. */
export function readPreTokenizer(part: Part): PreTokenizer {
  const read = Object.hasOwn(TYPES, part.type) ? TYPES[part.type] : undefined;
  if (read === undefined) throw part.unknownType(Object.keys(TYPES));
  return read(part);
}

const splitting = (pattern: Pattern, behavior: Behavior): PreTokenizer => ({
  split: (pieces) => {
    const stretches = pattern.stretches(pieces.map(({ text }) => text));
    return pieces.flatMap((piece, i) => splitPiece(piece, stretches[i] ?? [], behavior));
  },
  words: behavior === 'Isolated' ? pattern.expression : undefined,
});

const inverted = (pattern: Pattern): Pattern => ({
  stretches: (texts) =>
    pattern
      .stretches(texts)
      .map((stretches) =>
        stretches.map(({ start, end, match }) => ({ start, end, match: !match })),
      ),
});

const inTurn = (all: readonly PreTokenizer[]): PreTokenizer => ({
  split: (pieces) => all.reduce((result, next) => next.split(result), pieces),
});

/** Puts `mark` before a piece that does not begin with it. */
const marked = (piece: Piece, mark: string): Piece =>
  piece.text === '' || piece.text.startsWith(mark)
    ? piece
    : {
        text: mark + piece.text,
        leading: piece.leading === 0 ? 0 : piece.leading + mark.length,
      };

/** Cuts a text into GPT-2's words. */
export const GPT2_SPLIT: PreTokenizer = splitting(
  expressionPattern(translatePattern(GPT2_PATTERN)),
  'Isolated',
);

function byteLevel(part: Part): PreTokenizer {
  const prefix = part.flag('add_prefix_space');
  const usesWords = part.flag('use_regex', true);
  return {
    split: (pieces) => {
      const whole = prefix ? pieces.map((piece) => marked(piece, ' ')) : pieces;
      return (usesWords ? GPT2_SPLIT.split(whole) : whole).map(({ text, leading }) => ({
        text: byteCharacters(text),
        leading: leading === 0 ? 0 : byteCharacters(text.slice(0, leading)).length,
      }));
    },
  };
}

export type PrependScheme = 'first' | 'never' | 'always';

/** `prepend_scheme`, or what older files say with `add_prefix_space`. */
export function prependScheme(part: Part): PrependScheme {
  const scheme = part.choice<PrependScheme>(
    'prepend_scheme',
    ['first', 'never', 'always'],
    'always',
  );
  if (part.value('add_prefix_space') !== false) return scheme;
  if (part.value('prepend_scheme') !== undefined && scheme !== 'never')
    throw part.bad(`${part.path}: add_prefix_space and prepend_scheme contradict each other`);
  return 'never';
}

function metaspace(part: Part): PreTokenizer {
  const mark = part.character('replacement');
  const scheme = prependScheme(part);
  const atMarks = splitting(textPattern(mark), 'MergedWithNext');
  const splits = part.flag('split', true);
  return {
    split: (pieces) => {
      const whole = pieces.map(({ text, leading }) => {
        const spaced = { text: text.replaceAll(' ', mark), leading };
        const isMarked = scheme === 'always' || (scheme === 'first' && leading > 0);
        return isMarked ? marked(spaced, mark) : spaced;
      });
      return splits ? atMarks.split(whole) : whole;
    },
  };
}

const fixedLength = (length: number): PreTokenizer => ({
  split: (pieces) => pieces.flatMap((piece) => cutEvenly(piece, length)),
});

function cutEvenly(piece: Piece, length: number): readonly Piece[] {
  const pieces: Piece[] = [];
  const characters = Array.from(piece.text);
  let start = 0;
  for (let first = 0; first < characters.length; first += length) {
    const end = start + characters.slice(first, first + length).join('').length;
    pieces.push(slice(piece, start, end));
    start = end;
  }
  return pieces;
}
