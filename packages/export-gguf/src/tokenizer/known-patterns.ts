// The pre-tokenizers of llama.cpp (src/llama-vocab.cpp) by what they do: steps as `describeSteps`
// writes them, with the patterns of the tokenizer.json files that they were made for, and whether
// words that are whole in the vocabulary are taken as they are. Where several names do the same,
// the one is listed that is best known.

export interface KnownPreTokenizer {
  /** `tokenizer.ggml.pre`. */
  readonly name: string;
  readonly steps: readonly string[];
  readonly ignoresMerges: boolean;
}

const CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const SPACES = '\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';
const LETTERS = '[^\\r\\n\\p{L}\\p{N}]?\\p{L}+';
const SIGNS = ' ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*';
const ONE_TO_THREE = '\\p{N}{1,3}';

const words = (digits: string, spaces = SPACES): string =>
  `split ${CONTRACTIONS}|${LETTERS}|${digits}|${SIGNS}|${spaces}`;

const UPPER = '\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}';
const LOWER = '\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}';

/** Words that a capital letter may begin; `suffix` may end them. */
const cased = (suffix: string, digits: string): string =>
  `split [^\\r\\n\\p{L}\\p{N}]?[${UPPER}]*[${LOWER}]+${suffix}` +
  `|[^\\r\\n\\p{L}\\p{N}]?[${UPPER}]+[${LOWER}]*${suffix}|${digits}` +
  `| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|${SPACES}`;

const NO_HAN = '&&[^\\p{Han}]';
const KIMI =
  `split [\\p{Han}]+|[^\\r\\n\\p{L}\\p{N}]?[${UPPER}${NO_HAN}]*[${LOWER}${NO_HAN}]+` +
  `${CONTRACTIONS}?|[^\\r\\n\\p{L}\\p{N}]?[${UPPER}${NO_HAN}]+[${LOWER}${NO_HAN}]*` +
  `${CONTRACTIONS}?|${ONE_TO_THREE}|${SIGNS}|${SPACES}`;

/** Letters with upper and lower case, as DeepSeek LLM lists them. */
const CASED_LETTERS =
  'A-Za-z\u00b5\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u01ba\u01bc-\u01bf\u01c4-\u0293\u0295-\u02af' +
  '\u0370-\u0373\u0376\u0377\u037b-\u037d\u037f\u0386\u0388-\u038a\u038c\u038e-\u03a1' +
  '\u03a3-\u03f5\u03f7-\u0481\u048a-\u052f\u0531-\u0556\u10a0-\u10c5\u13a0-\u13f5' +
  '\u13f8-\u13fd\u1c90-\u1cba\u1cbd-\u1cbf\u1d00-\u1d2b\u1d6b-\u1d77\u1d79-\u1d9a' +
  '\u1e00-\u1f15\u1f18-\u1f1d\u1f20-\u1f45\u1f48-\u1f4d\u1f50-\u1f57\u1f59\u1f5b\u1f5d' +
  '\u1f5f-\u1f7d\u1f80-\u1fb4\u1fb6-\u1fbc\u1fbe\u1fc2-\u1fc4\u1fc6-\u1fcc\u1fd0-\u1fd3' +
  '\u1fd6-\u1fdb\u1fe0-\u1fec\u1ff2-\u1ff4\u1ff6-\u1ffc\u2102\u2107\u210a-\u2113\u2115' +
  '\u2119-\u211d\u2124\u2126\u2128\u212a-\u212d\u212f-\u2134\u2139\u213c-\u213f' +
  '\u2145-\u2149\u214e\u2183\u2184\u2c00-\u2c7b\u2c7e-\u2ce4\u2ceb-\u2cee\u2cf2\u2cf3' +
  '\ua640-\ua66d\ua680-\ua69b\ua722-\ua76f\ua771-\ua787\ua78b-\ua78e\uab70-\uabbf' +
  '\ufb00-\ufb06\ufb13-\ufb17\uff21-\uff3a\uff41-\uff5a\u{10400}-\u{1044f}' +
  '\u{104b0}-\u{104d3}\u{104d8}-\u{104fb}\u{10c80}-\u{10cb2}\u{10cc0}-\u{10cf2}' +
  '\u{118a0}-\u{118df}\u{1e900}-\u{1e943}';
const EAST_ASIAN = 'split [\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+';
const KANJI_AND_KANA = 'split [\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+';
const SIGN_WORDS =
  '[!"#$%&\'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?' +
  `[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|${SPACES}`;
const BLOOM = 'split  ?[^(\\s|[.,!?\u2026\u3002\uff0c\u3001\u0964\u06d4\u060c])]+';
const HALVING_SPACES =
  [512, 256, 128, 64, 32, 16, 8, 4].map((count) => `\\s{${count}}(?!\\S)`).join('|') +
  '|\\s{1,2}(?!\\S)|\\s{1}';

const merging = (name: string, ...steps: readonly string[]): KnownPreTokenizer => ({
  name,
  steps,
  ignoresMerges: false,
});
const taking = (name: string, ...steps: readonly string[]): KnownPreTokenizer => ({
  name,
  steps,
  ignoresMerges: true,
});

export const KNOWN_PRE_TOKENIZERS: readonly KnownPreTokenizer[] = [
  taking('llama-bpe', words(ONE_TO_THREE)),
  merging('smaug-bpe', words(ONE_TO_THREE)),
  merging('qwen2', words('\\p{N}')),
  merging(
    'qwen35',
    `split ${CONTRACTIONS}|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}` +
      `| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|${SPACES}`,
  ),
  taking('tekken', cased('', '\\p{N}')),
  merging('gpt-4o', cased(`${CONTRACTIONS}?`, ONE_TO_THREE)),
  merging('tiny_aya', 'split \\d{1,3}(?=(?:\\d{3})*\\b)', cased(`${CONTRACTIONS}?`, ONE_TO_THREE)),
  merging('kimi-k2', KIMI),
  merging('gpt-2', 'gpt2'),
  merging('smollm', 'digits', 'gpt2'),
  merging('falcon', 'punctuation Contiguous', 'gpt2', 'numbers', 'split [0-9][0-9][0-9]'),
  ...['digits', 'numbers', 'split \\p{N}+'].map((numbers) =>
    merging(
      'deepseek-llm',
      'split [\\r\\n]',
      `split \\s?[${CASED_LETTERS}]+`,
      'split \\s?[!-/:-~\uff01-\uff0f\uff1a-\uff5e\u2018-\u201f\u3000-\u3002]+',
      'split \\s+$',
      EAST_ASIAN,
      numbers,
    ),
  ),
  ...['digits', 'split \\p{N}'].map((numbers) =>
    merging(
      'deepseek-coder',
      'split [\\r\\n]',
      'split \\s?\\p{L}+',
      'split \\s?\\p{P}+',
      EAST_ASIAN,
      numbers,
    ),
  ),
  merging('deepseek-v3', `split ${ONE_TO_THREE}`, KANJI_AND_KANA, `split ${SIGN_WORDS}`),
  merging('bloom', BLOOM),
  merging('viking', BLOOM, 'digits'),
  merging('superbpe', 'split \\p{N}+', 'split (?=(\\d{3})+(?!\\d))'),
  merging(
    'bailingmoe',
    "split '(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}" +
      '| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+',
  ),
  merging(
    'seed-coder',
    `split ${CONTRACTIONS}|${LETTERS}|\\p{N}{1}| ?[^\\s\\p{L}\\p{N}\\r\\n]+|${SPACES}`,
  ),
  merging('jais-2', words(ONE_TO_THREE, `\\s*[\\r\\n]+|${HALVING_SPACES}`)),
  merging(
    'exaone-moe',
    `split ${CONTRACTIONS}|[^\\r\\n\\p{L}\\p{N}]?(?:\\p{L}\\p{M}*(?: \\p{L}\\p{M}*)*)+|\\p{N}` +
      '| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]?|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+',
  ),
  merging(
    'chameleon',
    'split <sentinel:[0-9]+>',
    'split (IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z',
    'split ([\\t\\n]|    |  )',
    'digits',
    'punctuation Isolated',
    'gpt2',
  ),
];
