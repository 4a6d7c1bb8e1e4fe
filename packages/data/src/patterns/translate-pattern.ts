// Patterns of tokenizer.json are Oniguruma's. Here they become JavaScript's, in `v` mode, with the
// same matches: other names and members of \s, \w and \p, anchors of lines, atomic groups and
// possessive repetitions, options inside of a pattern. What has no counterpart is refused by name.
import { checkFoldedRow, folded } from './case-folding.js';
import { WORD_OUTSIDE } from './character-sets.js';
import { readClass } from './pattern-class.js';
import { readEscape, written } from './pattern-escape.js';
import { PatternReader } from './pattern-reader.js';
import { UnsupportedPattern } from './unsupported-pattern.js';

interface Options {
  readonly ignoreCase: boolean;
  /** The dot also matches a line's end. */
  readonly dotAll: boolean;
}

interface Translated {
  readonly source: string;
  /** May match without taking a character. */
  readonly empty: boolean;
  /** The character itself, where it is one. */
  readonly literal?: string;
}

/** One alternative, atom by atom. */
interface Row {
  readonly sources: readonly string[];
  readonly empty: boolean;
  /** All atoms are single characters. */
  readonly isPlain: boolean;
}

/** Alternatives that begin with the same character share it: engines then try it once. */
function joined(rows: readonly Row[]): string {
  const [first] = rows[0]?.sources ?? [];
  const share =
    rows.length > 1 && rows.every(({ isPlain, sources }) => isPlain && sources[0] === first);
  const texts = rows.map(({ sources }) => sources.slice(share ? 1 : 0).join(''));
  return share && first !== undefined ? `${first}(?:${texts.join('|')})` : texts.join('|');
}

const START = '^';
const END = '$';
const WORD = `[${WORD_OUTSIDE}]`;
const NO_WORD = `[^${WORD_OUTSIDE}]`;

/** Places by what stands there in the pattern. */
const PLACES: readonly (readonly [string, string])[] = [
  ['\\A', START],
  ['\\z', END],
  ['\\Z', `(?=\\n?${END})`],
  ['\\b', `(?:(?<=${WORD})(?!${WORD})|(?<!${WORD})(?=${WORD}))`],
  ['\\B', `(?:(?<=${WORD})(?=${WORD})|(?<!${WORD})(?!${WORD}))`],
  ['^', `(?:${START}|(?<=\\n)(?=[\\s\\S]))`],
  ['$', `(?:(?=\\n)|${END})`],
];

const LINE_END = '(?:\\r\\n|[\\n-\\r\\u{85}\\u{2028}\\u{2029}])';

/** Of more the engine tries every combination while it compiles, which nothing can interrupt. */
export const MAX_OPTIONAL_PARTS = 20;

/**
 * Characters of a pattern, and of the expression that it becomes, where each set of Unicode is some
 * hundred. The engine reads and compiles it at once, which nothing can interrupt either: 0.3 s for
 * a million.
 */
export const MAX_PATTERN_CHARACTERS = 100_000;
const MAX_TRANSLATED_CHARACTERS = 500_000;

/**
 * Matches nothing, on its second try. The engine asks whether it should stop only where it goes
 * back, and a look at all that follows does not: `(?:(?=a*)a)+` would run for minutes.
 */
const STOPPING_PLACE = '(?:(?!)|)';

/**
 * The expression, global; with `stoppable` it can be stopped at each look ahead or behind. Errors:
 * `UnsupportedPattern` naming what cannot be translated.
 */
export function translatePattern(pattern: string, { stoppable = false } = {}): RegExp {
  checkLength(pattern, MAX_PATTERN_CHARACTERS, 'characters');
  const source = new Translator(pattern, stoppable ? STOPPING_PLACE : '').whole();
  checkLength(source, MAX_TRANSLATED_CHARACTERS, 'characters with its sets written out');
  return new RegExp(source, 'gv');
}

function checkLength({ length }: string, limit: number, what: string): void {
  if (length > limit) throw new UnsupportedPattern(`more than ${limit} ${what}`);
}

class Translator {
  readonly #reader: PatternReader;
  readonly #stoppingPlace: string;
  #atomicGroups = 0;

  constructor(pattern: string, stoppingPlace: string) {
    this.#reader = new PatternReader(pattern);
    this.#stoppingPlace = stoppingPlace;
  }

  whole(): string {
    const { source } = this.#alternatives({ ignoreCase: false, dotAll: false });
    if (!this.#reader.done) throw new UnsupportedPattern('a ")" without its "("');
    return source;
  }

  #alternatives(options: Options): Translated {
    this.#reader.enter();
    const all = [this.#row(options)];
    while (this.#reader.take('|')) all.push(this.#row(options));
    this.#reader.leave();
    return { source: joined(all), empty: all.some(({ empty }) => empty) };
  }

  #row(options: Options): Row {
    const sources: string[] = [];
    let optional = 0;
    let letters = '';
    while (!this.#reader.done && !['|', ')'].includes(this.#reader.peek())) {
      const atom = this.#repeated(this.#atom(options));
      letters = atom.literal === undefined ? '' : letters + atom.literal;
      if (options.ignoreCase) checkFoldedRow(letters);
      sources.push(atom.source);
      if (atom.empty && ++optional > MAX_OPTIONAL_PARTS)
        throw new UnsupportedPattern(`more than ${MAX_OPTIONAL_PARTS} optional parts in a row`);
    }
    const empty = optional === sources.length;
    return { sources, empty, isPlain: Array.from(letters).length === sources.length };
  }

  #atom(options: Options): Translated {
    const reader = this.#reader;
    for (const [place, source] of PLACES) if (reader.take(place)) return { source, empty: true };
    if (reader.take('(')) return this.#group(options);
    if (reader.take('[')) return taking(readClass(reader, options.ignoreCase));
    if (reader.take('.')) return taking(options.dotAll ? '[\\s\\S]' : '[^\\n]');
    if (reader.take('\\R')) return this.#atomic(LINE_END, false);
    if (/^[*+?]$/.test(reader.peek())) throw new UnsupportedPattern('a repetition of nothing');
    const word = options.ignoreCase ? undefined : reader.takeMatch(/\\(?:[Ww]|[Pp]\{[Ww]ord\})/y);
    if (word !== undefined) return taking(/^\\[wp]/.test(word[0]) ? WORD : NO_WORD);
    if (!reader.take('\\')) return literal(reader.next(), options);
    const escape = readEscape(reader);
    if (escape.character !== undefined) return literal(escape.character, options);
    if (options.ignoreCase)
      throw new UnsupportedPattern('a set of characters without regard to case');
    return taking(`[${escape.members}]`);
  }

  /** Behind the opening parenthesis. */
  #group(options: Options): Translated {
    const reader = this.#reader;
    if (reader.take('?#')) {
      while (!reader.done && reader.next() !== ')');
      return { source: '', empty: true };
    }
    if (reader.takeMatch(/\?<[A-Za-z_]\w*>/y) !== undefined) return this.#enclosed('(?:', options);
    for (const look of ['?=', '?!', '?<=', '?<!'])
      if (reader.take(look))
        return { ...this.#enclosed(`(${look}${this.#stoppingPlace}`, options), empty: true };
    if (reader.take('?>')) {
      const { source, empty } = this.#closed(options);
      return this.#atomic(source, empty);
    }
    if (reader.take('?:')) return this.#enclosed('(?:', options);
    if (reader.peek() === '?') return this.#withOptions(options);
    return this.#enclosed('(?:', options);
  }

  /** `(?i:...)`, or `(?i)`, which holds to the end of the group around it. */
  #withOptions(options: Options): Translated {
    const found = this.#reader.takeMatch(/\?([im]*)(?:-([im]*))?([:)])/y);
    if (found === undefined)
      throw new UnsupportedPattern(`the group (${this.#reader.peek()}${this.#reader.peek(1)}`);
    const [, on = '', off = '', end] = found;
    const changed = {
      ignoreCase: (options.ignoreCase || on.includes('i')) && !off.includes('i'),
      dotAll: (options.dotAll || on.includes('m')) && !off.includes('m'),
    };
    if (end === ':') return this.#enclosed('(?:', changed);
    const rest = this.#alternatives(changed);
    return { source: `(?:${rest.source})`, empty: rest.empty };
  }

  #enclosed(opening: string, options: Options): Translated {
    const { source, empty } = this.#closed(options);
    return { source: `${opening}${source})`, empty };
  }

  #closed(options: Options): Translated {
    const inner = this.#alternatives(options);
    if (!this.#reader.take(')')) throw new UnsupportedPattern('a "(" without its ")"');
    return inner;
  }

  /** Takes its first match and never another one. */
  #atomic(source: string, empty: boolean): Translated {
    const name = `atomic${this.#atomicGroups++}`;
    return { source: `(?:(?=${this.#stoppingPlace}(?<${name}>${source}))\\k<${name}>)`, empty };
  }

  #repeated(atom: Translated): Translated {
    let result = atom;
    for (;;) {
      const times = this.#reader.takeMatch(/[*+?]|\{(?:\d+(?:,\d*)?|,\d+)\}/y)?.[0];
      if (times === undefined) return result;
      result = this.#times(result, times);
    }
  }

  #times(atom: Translated, times: string): Translated {
    const isInterval = times.startsWith('{');
    const isUnbounded = !isInterval ? times !== '?' : times.endsWith(',}');
    if (atom.empty && isUnbounded)
      throw new UnsupportedPattern('an endless repetition of what may be empty');
    const empty = atom.empty || /^(?:[*?]|\{0*,|\{0+\})/.test(times);
    const body = `(?:${atom.source})${times.replace('{,', '{0,')}`;
    if (!isInterval && this.#reader.take('+')) return this.#atomic(body, empty);
    if (!this.#reader.take('?')) return { source: body, empty };
    if (/^\{\d+\}$/.test(times)) throw new UnsupportedPattern(`the repetition ${times}?`);
    return { source: `${body}?`, empty };
  }
}

const taking = (source: string): Translated => ({ source, empty: false });

function literal(character: string, { ignoreCase }: Options): Translated {
  const all = ignoreCase ? folded(character) : [character];
  const source = all.map(written).join('');
  return {
    source: all.length === 1 ? source : `[${source}]`,
    empty: false,
    literal: character,
  };
}
