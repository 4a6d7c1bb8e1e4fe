// Python's mappings of single characters between cases, where JavaScript has none: title case, case
// folding, and the small sigma at the end of a word.

const CASED = /\p{Cased}/u;
const IGNORED = /\p{Case_Ignorable}/u;
const DIGRAPHS: readonly (readonly [RegExp, string])[] = [
  [/[\u01c4-\u01c6]/, '\u01c5'],
  [/[\u01c7-\u01c9]/, '\u01c8'],
  [/[\u01ca-\u01cc]/, '\u01cb'],
  [/[\u01f1-\u01f3]/, '\u01f2'],
  [/\u0149/, '\u02bcN'],
];
const GEORGIAN = /[\u10d0-\u10fa\u10fd-\u10ff]/;
const CHEROKEE = /[\u13a0-\u13f5]/;
const SMALL_CHEROKEE = /[\u13f8-\u13fd\uab70-\uabbf]/;

/** A character at the beginning of a word. */
export function titleOf(character: string): string {
  for (const [pattern, title] of DIGRAPHS) if (pattern.test(character)) return title;
  if (GEORGIAN.test(character)) return character;
  const upper = character.toUpperCase();
  const [first = '', ...others] = upper;
  if (others.length === 0) return first;
  // A Greek vowel with iota below keeps it below.
  if (/^[\u1f80-\u1fff]$/.test(character) && upper.endsWith('\u0399'))
    return upper.length > 2 ? `${upper.slice(0, -1)}\u0345` : `${first}\u0345`.normalize('NFC');
  return first + others.join('').toLowerCase();
}

/** Tells what comes before a character: whether a word is under way. */
export class WordState {
  /** Whether the last character that counts is a letter with case. */
  isWithin = false;

  pass(character: string): void {
    if (CASED.test(character)) this.isWithin = true;
    else if (!IGNORED.test(character)) this.isWithin = false;
  }
}

/** The character at `at` in small letters: a sigma that ends a word has a form of its own. */
export function lowerOf(all: string, at: number, character: string, word: WordState): string {
  if (character !== SIGMA) return character.toLowerCase();
  return word.isWithin && !goesOn(all, at + 1) ? '\u03c2' : '\u03c3';
}

const SIGMA = '\u03a3';

/** Whether a letter with case follows, perhaps behind characters that do not count. */
function goesOn(all: string, from: number): boolean {
  for (let at = from; at < all.length;) {
    const character = String.fromCodePoint(all.codePointAt(at) ?? 0);
    if (CASED.test(character)) return true;
    if (!IGNORED.test(character)) return false;
    at += character.length;
  }
  return false;
}

/** A character for comparison without case. */
export function foldOf(character: string): string {
  if (CHEROKEE.test(character)) return character;
  if (SMALL_CHEROKEE.test(character)) return character.toUpperCase();
  if (character === '\u1e9e') return 'ss';
  if (character === '\u0131' || character === '\u0130') return character.toLowerCase();
  const folded = Array.from(character.toUpperCase(), (upper) => upper.toLowerCase()).join('');
  return folded;
}
