// Parts of tokenizer.json and tokenizer_config.json that need a word of their own: what is refused,
// by which name, and tokens that only the configuration names.
import { describe, expect, it } from 'vitest';
import { labelText, Tokenizer } from '../src/index.js';
import { specialToken } from './special-token.js';

type Json = Readonly<Record<string, unknown>>;

const VOCABULARY = { a: 0, b: 1, c: 2, d: 3, '-': 4, ' ': 5, '▁': 6, ab: 7, '▁a': 8, '<s>': 9 };

function tokenizerOf(parts: Json, model: Json = {}, config: Json = {}): Tokenizer {
  const definition = {
    version: '1.0',
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: null,
    model: {
      type: 'BPE',
      vocab: VOCABULARY,
      merges: [
        ['a', 'b'],
        ['▁', 'a'],
      ],
      ...model,
    },
    ...parts,
  };
  return new Tokenizer({ source: 'folder', definition, config, chatTemplates: new Map() });
}

describe('parts that are refused', () => {
  it.each<[string, Json, string]>([
    [
      'an unknown pre-tokenizer',
      { pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'UnicodeScripts' }] } },
      'folder/tokenizer.json: pre_tokenizer.pretokenizers[0] has the type "UnicodeScripts"',
    ],
    [
      'a backreference',
      {
        pre_tokenizer: {
          type: 'Split',
          pattern: { Regex: '(a)\\1' },
          behavior: 'Isolated',
          invert: false,
        },
      },
      'pre_tokenizer.pattern "(a)\\\\1" has \\1, which is not supported',
    ],
    [
      'a property that does not exist',
      { normalizer: { type: 'Replace', pattern: { Regex: '\\p{InNowhere}' }, content: '' } },
      'the property \\p{InNowhere}',
    ],
    [
      'a character map that is none',
      { normalizer: { type: 'Precompiled', precompiled_charsmap: 'AAAA' } },
      'normalizer.precompiled_charsmap is not a character map',
    ],
    [
      'two steps that add tokens',
      {
        post_processor: {
          type: 'Sequence',
          processors: [
            { type: 'BertProcessing', sep: ['<s>', 9], cls: ['<s>', 9] },
            { type: 'BertProcessing', sep: ['<s>', 9], cls: ['<s>', 9] },
          ],
        },
      },
      'post_processor has several steps that add tokens',
    ],
    [
      'a decoder without its key',
      { decoder: { type: 'Strip', content: 'ab', start: 1, stop: 0 } },
      'decoder.content must be one character, it is "ab"',
    ],
  ])('%s', (_, parts, message) => {
    expect(() => tokenizerOf(parts)).toThrow(message);
  });

  it('merges by chance', () => {
    expect(() => tokenizerOf({}, { dropout: 0.1 })).toThrow(
      'model.dropout leaves merges out by chance, which is not supported',
    );
    expect(tokenizerOf({}, { dropout: 0 }).encode('ab')).toEqual([7]);
  });

  it('a character without an id, naming the text', () => {
    expect(() => tokenizerOf({}).encode('ax')).toThrow(
      'folder: the tokenizer has no id for a part of "ax" and no unknown token',
    );
  });
});

describe('a pattern that may match nothing', () => {
  it('does not match nothing right behind a match, as in tokenizers', () => {
    const dashes = tokenizerOf({
      normalizer: { type: 'Replace', pattern: { Regex: 'c*' }, content: '-' },
    });
    expect(dashes.encode('cacc')).toEqual([4, 0, 4]);
    expect(dashes.encode('bc')).toEqual([4, 1, 4]);
    expect(dashes.encode('')).toEqual([]);
  });
});

describe('tokens that only tokenizer_config.json names', () => {
  it('have the id that the file says, and its settings', () => {
    const tokenizer = tokenizerOf(
      {},
      {},
      {
        added_tokens_decoder: { 10: specialToken('<x>', { rstrip: true }), 9: specialToken('<s>') },
      },
    );
    expect(tokenizer.encode('a<x>  b<s>')).toEqual([0, 10, 1, 9]);
    expect(tokenizer.vocabSize).toBe(11);
    expect(tokenizer.isSpecial(10)).toBe(true);
    expect(tokenizer.decode([0, 10, 1], { skipSpecialTokens: true })).toBe('a b');
  });

  it('are refused with an id that is not the next one', () => {
    expect(() =>
      tokenizerOf({}, {}, { added_tokens_decoder: { 12: specialToken('<x>') } }),
    ).toThrow(
      'folder/tokenizer_config.json: added_tokens_decoder says "<x>" has the id 12, the next ' +
        'free id of tokenizer.json is 10',
    );
  });

  it('may be named tokens and lists of special tokens', () => {
    const tokenizer = tokenizerOf(
      {},
      {},
      {
        pad_token: '<pad>',
        additional_special_tokens: ['<y>', { content: '<z>' }],
      },
    );
    expect(tokenizer.encode('<pad><y>a<z>')).toEqual([10, 11, 0, 12]);
    expect(tokenizer.padTokenId).toBe(10);
  });

  it('make a token of tokenizer.json special', () => {
    const own = { id: 9, ...specialToken('<s>', { special: false, lstrip: true }) };
    const tokenizer = tokenizerOf({ added_tokens: [own] }, {}, { bos_token: '<s>' });
    expect(tokenizer.encode('a  <s>')).toEqual([0, 9]);
    expect(tokenizer.isSpecial(9)).toBe(true);
  });
});

describe('labels', () => {
  const labelled = (tokenizer: Tokenizer, text: string, trained: string): number[] => {
    const start = text.indexOf(trained);
    const { labels } = labelText(tokenizer, text, [{ start, end: start + trained.length }]);
    return labels.filter((label) => label !== -100);
  };

  it('know that only the first piece is marked', () => {
    const tokenizer = tokenizerOf({
      added_tokens: [{ id: 9, ...specialToken('<s>') }],
      pre_tokenizer: {
        type: 'Metaspace',
        replacement: '▁',
        prepend_scheme: 'first',
        split: false,
      },
    });
    expect(tokenizer.encode('a<s>a b')).toEqual([8, 9, 0, 6, 1]);
    expect(labelled(tokenizer, 'a<s>a b', ' b')).toEqual([6, 1]);
    expect(labelled(tokenizer, 'a<s>a b', 'a b')).toEqual([0, 6, 1]);
  });

  it('train a token with the white space that it takes', () => {
    const tokenizer = tokenizerOf({
      added_tokens: [{ id: 9, ...specialToken('<s>', { lstrip: true }) }],
    });
    expect(labelled(tokenizer, 'ab  <s>c', '<s>c')).toEqual([9, 2]);
    expect(labelled(tokenizer, 'ab  <s>c', 'c')).toEqual([2]);
  });
});
