// Python's mappings of single characters between cases, where JavaScript has none: title case, case
// folding, and the small sigma at the end of a word.

const CASED_BEFORE = /\p{Cased}\p{Case_Ignorable}*$/u;
const CASED_AFTER = /^\p{Case_Ignorable}*\p{Cased}/u;
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
    return `${first}\u0345${upper.slice(1, -1)}`.normalize('NFC');
  return first + others.join('').toLowerCase();
}

/** The character at `at` within or at the end of a word. */
export function lowerOf(characters: string, at: number, character: string): string {
  if (character !== '\u03a3') return character.toLowerCase();
  const isLast =
    CASED_BEFORE.test(characters.slice(0, at)) && !CASED_AFTER.test(characters.slice(at + 1));
  return isLast ? '\u03c2' : '\u03c3';
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
