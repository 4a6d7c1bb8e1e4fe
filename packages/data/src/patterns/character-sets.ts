// Oniguruma's named sets of characters (\s, \p{L}, [:alpha:]) as members of a character class of
// JavaScript's `v` mode. Both follow Unicode; the names and the members of \s and \w differ.
import { SINCE_UNICODE_17 } from './unicode-versions.js';
import { UnsupportedPattern } from './unsupported-pattern.js';

/** A set of Unicode as Oniguruma knows it, which unassigned characters belong to no set of. */
const known = (members: string): string => `[[${members}]--[${SINCE_UNICODE_17}]]`;

const ALPHABETIC = known('\\p{Alphabetic}');
const DIGIT = known('\\p{Nd}');
const WORD = known('\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}');
/** Outside of a class, word characters are these as well. */
const LATIN_NUMBERS = '\\u{b2}\\u{b3}\\u{b9}\\u{bc}-\\u{be}';
const LOWER = known('\\p{Lowercase}\\u{295}');
const UPPER = known('\\p{Uppercase}');
const HEX = '0-9A-Fa-f';

/** After a backslash, in lower case; the upper case letter is the complement. */
const ESCAPED: Readonly<Record<string, string>> = {
  s: '\\p{White_Space}',
  d: DIGIT,
  w: WORD,
  h: HEX,
};

const NAMED: Readonly<Record<string, string>> = {
  alnum: ALPHABETIC + DIGIT,
  alpha: ALPHABETIC,
  alphabetic: ALPHABETIC,
  ascii: '\\u{0}-\\u{7f}',
  any: '\\u{0}-\\u{10ffff}',
  blank: '\\p{Zs}\\t',
  cntrl: '\\p{Cc}',
  digit: DIGIT,
  lower: LOWER,
  lowercase: LOWER,
  space: '\\p{White_Space}',
  upper: UPPER,
  uppercase: UPPER,
  whitespace: '\\p{White_Space}',
  word: WORD,
  xdigit: HEX,
};

/** General categories by their long names. */
const CATEGORIES: Readonly<Record<string, string>> = {
  letter: 'L',
  casedletter: 'LC',
  uppercaseletter: 'Lu',
  lowercaseletter: 'Ll',
  titlecaseletter: 'Lt',
  modifierletter: 'Lm',
  otherletter: 'Lo',
  mark: 'M',
  nonspacingmark: 'Mn',
  spacingmark: 'Mc',
  enclosingmark: 'Me',
  number: 'N',
  decimalnumber: 'Nd',
  letternumber: 'Nl',
  othernumber: 'No',
  punctuation: 'P',
  punct: 'P',
  connectorpunctuation: 'Pc',
  dashpunctuation: 'Pd',
  openpunctuation: 'Ps',
  closepunctuation: 'Pe',
  initialpunctuation: 'Pi',
  finalpunctuation: 'Pf',
  otherpunctuation: 'Po',
  symbol: 'S',
  mathsymbol: 'Sm',
  currencysymbol: 'Sc',
  modifiersymbol: 'Sk',
  othersymbol: 'So',
  separator: 'Z',
  spaceseparator: 'Zs',
  lineseparator: 'Zl',
  paragraphseparator: 'Zp',
  other: 'C',
  control: 'Cc',
  format: 'Cf',
  surrogate: 'Cs',
  privateuse: 'Co',
  unassigned: 'Cn',
};

const SHORT = new Map(Object.values(CATEGORIES).map((name) => [name.toLowerCase(), name]));

/** Members of \s, \d, \w, \h and their complements in a class; undefined for another letter. */
export function escapedSet(letter: string): string | undefined {
  const members = ESCAPED[letter.toLowerCase()];
  if (members === undefined) return undefined;
  return letter === letter.toLowerCase() ? members : `[^${members}]`;
}

/** The word characters outside of a class. */
export const WORD_OUTSIDE = `${WORD}${LATIN_NUMBERS}`;

/** Members of [:name:]; what it calls punctuation has more than the category of this name. */
export function bracketSet(written: string): string {
  const inverted = written.startsWith('^');
  if (!/^\^?punct$/i.test(written)) return namedSet(written, false);
  const members = known('\\p{P}\\p{S}');
  return inverted ? `[^${members}]` : members;
}

/**
 * Members of \p{name}. Errors: `UnsupportedPattern` for a name that is not a category,
 * script or class.
 */
export function namedSet(written: string, complement: boolean): string {
  const inverted = written.startsWith('^');
  const name = inverted ? written.slice(1) : written;
  const members = membersOf(name);
  if (members === undefined) throw new UnsupportedPattern(`the property \\p{${written}}`);
  return inverted === complement ? members : `[^${members}]`;
}

function membersOf(name: string): string | undefined {
  const key = name.toLowerCase().replace(/[ _-]/g, '');
  const category = CATEGORIES[key] ?? SHORT.get(key);
  if (category !== undefined) return categorySet(category);
  if (Object.hasOwn(NAMED, key)) return NAMED[key];
  const titled = name
    .split(/[ _-]/)
    .map((part) => part.slice(0, 1).toUpperCase() + part.slice(1).toLowerCase())
    .join('_');
  const script = `\\p{Script=${titled}}`;
  try {
    new RegExp(script, 'v');
    return known(script);
  } catch {
    return undefined;
  }
}

function categorySet(category: string): string {
  // Unassigned characters are other ones; a letter changed its category later.
  if (category === 'C' || category === 'Cn') return `\\p{${category}}${SINCE_UNICODE_17}`;
  if (category === 'Ll') return known('\\p{Ll}\\u{295}');
  if (category === 'Lo') return known('[\\p{Lo}--\\u{295}]');
  return known(`\\p{${category}}`);
}
