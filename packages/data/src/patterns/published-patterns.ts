// The patterns by which published tokenizers cut texts into words. They never go back over more
// than one run of characters, so they are matched without a budget, as are patterns that are one
// run themselves.

/** GPT-2's words. */
export const GPT2_PATTERN =
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

const CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const SPACES = '\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';
const SIGNS = ' ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*';
export const ONE_TO_THREE_DIGITS = '\\p{N}{1,3}';

/** The words of Llama 3 and Qwen 2, which differ in how they cut numbers. */
export const wordsPattern = (digits: string): string =>
  `${CONTRACTIONS}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}|${SIGNS}|${SPACES}`;

const UPPER = '\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}';
const LOWER = '\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}';

/** Words that a capital letter may begin; `suffix` may end them. */
const cased = (suffix: string, rest: string, without = ''): string =>
  `[^\\r\\n\\p{L}\\p{N}]?[${UPPER}${without}]*[${LOWER}${without}]+${suffix}` +
  `|[^\\r\\n\\p{L}\\p{N}]?[${UPPER}${without}]+[${LOWER}${without}]*${suffix}|${rest}`;

const SIGNS_AND_SLASHES = ` ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|${SPACES}`;

/** The words of GPT-4o. */
export const O200K_PATTERN = cased(
  `${CONTRACTIONS}?`,
  `${ONE_TO_THREE_DIGITS}|${SIGNS_AND_SLASHES}`,
);

/** The words of Kimi K2. */
export const KIMI_PATTERN =
  '[\\p{Han}]+|' +
  cased(`${CONTRACTIONS}?`, `${ONE_TO_THREE_DIGITS}|${SIGNS}|${SPACES}`, '&&[^\\p{Han}]');

const TEKKEN_PATTERN = cased('', `\\p{N}|${SIGNS_AND_SLASHES}`);

/** The words of Qwen 3.5. */
const WITH_MARKS_PATTERN =
  `${CONTRACTIONS}|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}` +
  `| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|${SPACES}`;

/** The words of DeepSeek V3. */
const SIGN_WORDS_PATTERN =
  '[!"#$%&\'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?' +
  `[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|${SPACES}`;

const PUBLISHED: ReadonlySet<string> = new Set([
  GPT2_PATTERN,
  wordsPattern('\\p{N}'),
  wordsPattern(ONE_TO_THREE_DIGITS),
  O200K_PATTERN,
  KIMI_PATTERN,
  TEKKEN_PATTERN,
  WITH_MARKS_PATTERN,
  SIGN_WORDS_PATTERN,
]);

const ONE = '(?:\\\\[pP]\\{\\w+\\}|\\\\[sSdDrnt]|\\[(?:[^\\[\\]\\\\&]|\\\\.)+\\]|[\\w \u2581-])';
/** Nothing stands behind the repetition, so that no part of a run is given back. */
const ONE_RUN = new RegExp(
  `^(?:${ONE}\\?)?${ONE}{1,20}(?:[+]|\\{\\d{1,2}(?:,\\d{0,2})?\\})?$`,
  'u',
);

/** True for a pattern that takes time in proportion to the text, whatever the text. */
export const isQuick = (pattern: string): boolean =>
  PUBLISHED.has(pattern) || ONE_RUN.test(pattern);
