// Sets of characters as the parts of the Rust library see them that ask no pattern: the crate
// regex, Rust's own characters, and tables of Unicode that are older. Insides of classes in `v`
// mode.
import {
  NEWER_CONTROLS,
  NEWER_MARKS,
  NEWER_NONSPACING_MARKS,
  NEWER_PUNCTUATION,
  SINCE_UNICODE_17,
} from './unicode-versions.js';

const without = (members: string, newer: string): string => `[[${members}]--[${newer}]]`;

/** \w of the crate regex: pre-tokenizer Whitespace, and words around added tokens. */
export const WORD_CHARACTERS = without(
  '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}',
  SINCE_UNICODE_17,
);

export const SPACES = '\\p{White_Space}';

/** Of Punctuation and BertPreTokenizer: all of ASCII that is neither letter, digit nor space. */
export const PUNCTUATION = `!-\\/:-@\\[-\`\\{-~${without('\\p{P}', NEWER_PUNCTUATION)}\\u{166d}`;

/** What BertNormalizer removes when it strips accents. */
export const NONSPACING_MARKS = `${without('\\p{Mn}', NEWER_NONSPACING_MARKS)}\\u{1734}\\u{1171e}`;

/** What StripAccents removes. */
export const MARKS = `${without('\\p{M}', NEWER_MARKS)}\\u{1cf2}-\\u{1cf3}`;

/** What BertNormalizer removes when it cleans a text. */
export const CONTROLS = without(
  `${without('\\p{Cc}\\p{Cf}\\p{Co}', NEWER_CONTROLS)}\\u{fffd}`,
  '\\t\\n\\r',
);

/** Chinese characters as BERT's authors listed them. */
export const CHINESE =
  '\\u{4e00}-\\u{9fff}\\u{3400}-\\u{4dbf}\\u{20000}-\\u{2a6df}\\u{2a700}-\\u{2b73f}' +
  '\\u{2b740}-\\u{2b81f}\\u{2b920}-\\u{2ceaf}\\u{f900}-\\u{faff}\\u{2f800}-\\u{2fa1f}';
