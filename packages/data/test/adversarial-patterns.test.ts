// Patterns of a tokenizer.json that would keep the process busy for minutes or for ever: each is
// answered, or refused by the name of its file and key; those of published tokenizers are not
// slowed down, and all give the same with and without a budget.
import { ADVERSARIAL_PATTERNS } from '@automodel/testing';
import { describe, expect, it } from 'vitest';
import { Tokenizer } from '../src/index.js';
import { MatchingBudget } from '../src/patterns/matching-budget.js';
import { expressionPattern, regexPattern, type Pattern } from '../src/patterns/pattern.js';
import {
  GPT2_PATTERN,
  isQuick,
  O200K_PATTERN,
  ONE_TO_THREE_DIGITS,
  wordsPattern,
} from '../src/patterns/published-patterns.js';
import { translatePattern } from '../src/patterns/translate-pattern.js';
import { UnsupportedPattern } from '../src/patterns/unsupported-pattern.js';

const patternOf = (pattern: string, budget?: MatchingBudget): Pattern =>
  regexPattern(pattern, (why) => new Error(`refused: ${why}`), budget);

function outcome(pattern: string, text: string): string {
  try {
    patternOf(pattern, new MatchingBudget(10)).stretches([text]);
    return 'answered';
  } catch (error) {
    if (error instanceof UnsupportedPattern) return 'unsupported';
    return (error as Error).message.split(' ').slice(0, 3).join(' ');
  }
}

/** Of these kinds, no pattern ends by itself. */
const ENDLESS = new Set([
  'nested quantifiers',
  'anything, many times',
  'alternatives that overlap',
]);
const kinds = [...new Set(ADVERSARIAL_PATTERNS.map(({ kind }) => kind))];

describe('every adversarial pattern is answered or refused', () => {
  it('the list is long', () => {
    expect(ADVERSARIAL_PATTERNS.length).toBeGreaterThan(220);
  });

  it.each(kinds)('%s', (kind) => {
    const endless = ENDLESS.has(kind);
    const allowed = endless
      ? ['refused: was stopped', 'unsupported']
      : ['answered', 'refused: was stopped', 'refused: needs more', 'unsupported'];
    for (const { pattern, text } of ADVERSARIAL_PATTERNS.filter((one) => one.kind === kind)) {
      expect(isQuick(pattern), pattern).toBe(false);
      expect(allowed, pattern).toContain(outcome(pattern, text));
    }
  });
});

const VOCABULARY = { a: 0, b: 1, '=': 2 };
const tokenizerOf = (parts: object): Tokenizer =>
  new Tokenizer({
    source: 'folder',
    definition: {
      version: '1.0',
      added_tokens: [],
      model: { type: 'BPE', vocab: VOCABULARY, merges: [] },
      ...parts,
    },
    config: {},
    chatTemplates: new Map(),
  });
const pattern = { Regex: '(a+a+)+=' };
const split = { type: 'Split', pattern, behavior: 'Isolated', invert: false };
const replace = { type: 'Replace', pattern, content: 'b' };

describe('a tokenizer is refused by its file and the key of the pattern', () => {
  it.each<[string, object, string]>([
    [
      'when it cuts a text into words',
      { pre_tokenizer: { type: 'Sequence', pretokenizers: [split] } },
      'pre_tokenizer.pretokenizers[0].pattern',
    ],
    ['when it normalises', { normalizer: replace }, 'normalizer.pattern'],
  ])('%s', (_, parts, key) => {
    const tokenizer = tokenizerOf(parts);
    expect(() => tokenizer.encode('a'.repeat(3000))).toThrow(
      `folder/tokenizer.json: ${key} "(a+a+)+=" was stopped after 0.5 s on 3000 characters of text`,
    );
  });

  it('when it decodes', () => {
    const tokenizer = tokenizerOf({
      decoder: { type: 'Sequence', decoders: [{ type: 'Fuse' }, replace] },
    });
    expect(() => tokenizer.decode(Array.from({ length: 3000 }, () => 0))).toThrow(
      'folder/tokenizer.json: decoder.decoders[1].pattern "(a+a+)+=" was stopped',
    );
  });

  it('before so many optional parts are compiled that this takes seconds', () => {
    const many = { ...split, pattern: { Regex: `${'a?'.repeat(40)}${'a'.repeat(40)}` } };
    expect(() => tokenizerOf({ pre_tokenizer: many })).toThrow(
      /pre_tokenizer\.pattern .* has more than 20 optional parts in a row/,
    );
  });
});

describe('a pattern is refused before it takes seconds to compile', () => {
  it.each<[string, string, RegExp]>([
    ['by its length', 'a'.repeat(100_001), /has more than 100000 characters, which/],
    ['by that of its sets', '\\p{L}'.repeat(2000), /more than 500000 characters with its sets/],
    ['by the depth of its groups', `${'('.repeat(300)}a${')'.repeat(300)}`, /250 groups in one/],
    ['by that of its classes', `${'['.repeat(300)}a${']'.repeat(300)}`, /250 groups in one/],
    ['by that of its options', '(?i)'.repeat(300), /more than 250 groups in one another/],
  ])('%s', (_, expression, message) => {
    const long = { ...split, pattern: { Regex: expression } };
    expect(() => tokenizerOf({ pre_tokenizer: long })).toThrow(message);
  });
});

describe('a pattern can be stopped where it does not go back', () => {
  const text = 'a'.repeat(20_000);
  it.each(['(?:(?=a*)a)+=', '(?:a(?<=a+))+=', '(?:(?>a*)|(?:(?>(?=a*)a))+)='])('%s', (looking) => {
    expect(() => patternOf(looking, new MatchingBudget(10, 0)).stretches([text])).toThrow(
      /was stopped after 0\.0 s/,
    );
  });

  it('at each look and each atomic group', () => {
    const looking = '(?=a)(?!b)(?<=c)(?<!d)(?>e)f++';
    const { source } = translatePattern(looking, { stoppable: true });
    expect(source.split('(?:(?!)|)')).toHaveLength(7);
  });

  it('with the same matches', () => {
    const texts = ['ab abc\n\naab', 'xaab  b', ''];
    for (const one of ['a(?=b)', '(?<=a)b(?!c)', '(?<!x)a+', '(?>a+)b', '\\s+(?!\\S)|\\w++'])
      expect(patternOf(one).stretches(texts), one).toEqual(
        expressionPattern(translatePattern(one)).stretches(texts),
      );
  });
});

describe('what is known to be quick', () => {
  it('are patterns of published tokenizers, and single runs', () => {
    for (const one of [
      GPT2_PATTERN,
      O200K_PATTERN,
      wordsPattern('\\p{N}'),
      wordsPattern(ONE_TO_THREE_DIGITS),
      '\\p{N}{1,3}',
      '[\\r\\n]',
      '\\s?\\p{L}+',
      '[0-9][0-9][0-9]',
      ' {2,}',
    ])
      expect(isQuick(one), one).toBe(true);
    for (const one of ['\\s+$', 'a*b', '(a)+', 'a+b+', '.*=', 'a?b?c', 'a{1,3}{2,}', '[a&&b]+'])
      expect(isQuick(one), one).toBe(false);
  });

  it('matches the same within a budget', () => {
    const texts = [
      ' Hello, world!\n\n  It\u2019s 12345 naïve 日本語 😀\t',
      '',
      '   ',
      "we'll\r\nGO",
    ];
    for (const one of [GPT2_PATTERN, O200K_PATTERN, wordsPattern(ONE_TO_THREE_DIGITS), '\\s+'])
      expect(patternOf(`(?:${one})`).stretches(texts), one).toEqual(
        patternOf(one).stretches(texts),
      );
  });
});

describe('a budget', () => {
  const endless = (): void => {
    for (;;);
  };

  it('is used up by all texts together, and grows with them', () => {
    const budget = new MatchingBudget(60);
    expect(() => budget.run(20_000, endless)).toThrow(
      /^was stopped after 0\.1 s on 20000 characters/,
    );
    expect(() => budget.run(0, endless)).toThrow(/^was stopped after 0\.0 s on 0 characters/);
    expect(budget.run(1_000_000, () => 'answer')).toBe('answer');
    expect(() => budget.run(0, endless)).toThrow(/^was stopped after 0\.1 s/);
  });

  it('may leave the length of texts out', () => {
    const budget = new MatchingBudget(40, 0);
    expect(() => budget.run(1_000_000, endless)).toThrow(/^was stopped after 0\.0 s/);
  });

  it('hands on other errors as they are', () => {
    const error = new Error('other');
    expect(() =>
      new MatchingBudget().run(1, () => {
        throw error;
      }),
    ).toThrow(error);
  });
});
