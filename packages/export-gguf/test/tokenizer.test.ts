// Byte-level tokenizers inside the files: kinds of pieces, merges, special ids, the chat template,
// and what is refused.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tokenizers } from './tiny-model.js';
import { definitionOf, valuesOf } from './tokenizer-values.js';

describe('byte-level tokenizers', () => {
  it('have their merges, the name of their pattern and their special ids', async () => {
    const { values } = await valuesOf('llama3');
    const get = (key: string): unknown => values.get(`tokenizer.ggml.${key}`);
    expect([
      get('model'),
      get('pre'),
      get('bos_token_id'),
      get('eos_token_id'),
      get('add_bos_token'),
      get('add_eos_token'),
    ]).toEqual(['gpt2', 'llama-bpe', 2000, 2004, true, false]);
    expect((get('merges') as string[]).slice(0, 3)).toEqual(
      definitionOf('llama3')
        .model.merges.slice(0, 3)
        .map((pair) => pair.join(' ')),
    );
    const [tokens, kinds] = [get('tokens') as string[], get('token_type') as number[]];
    expect([tokens.length, kinds.length]).toEqual([2010, 2010]);
    expect([tokens[2004], kinds[2004], tokens[2009], kinds[2009], kinds[100]]).toEqual([
      '<|eot_id|>',
      3,
      '[PAD2009]',
      5,
      1,
    ]);
    expect(values.get('tokenizer.chat_template')).toBe(
      readFileSync(join(tokenizers, 'llama3', 'chat_template.jinja'), 'utf8'),
    );
  });

  it('are told apart by their pattern and by ignore_merges', async () => {
    const qwen = await valuesOf('qwen2');
    expect([
      qwen.values.get('tokenizer.ggml.pre'),
      qwen.values.get('tokenizer.ggml.add_bos_token'),
    ]).toEqual(['qwen2', false]);
    expect(qwen.notes.join()).toContain('NFC');
    // <tool_call> is no control token
    expect((qwen.values.get('tokenizer.ggml.token_type') as number[])[2003]).toBe(4);
    expect(
      (
        await valuesOf('llama3', ({ model }) => {
          model.ignore_merges = false;
        })
      ).values.get('tokenizer.ggml.pre'),
    ).toBe('smaug-bpe');
  });

  // As DeepSeek writes it, with the ends of lines as they are.
  const SIGN_WORDS =
    '[!"#$%&\'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?' +
    '[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+';
  const TEKKEN =
    '[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+|' +
    '[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*|' +
    '\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';
  type Part = { readonly type: string; readonly [key: string]: unknown };
  const split = (pattern: string): Part => ({
    type: 'Split',
    pattern: { Regex: pattern },
    behavior: 'Isolated',
    invert: false,
  });

  it.each<[string, boolean, readonly Part[]]>([
    ['tekken', true, [split(TEKKEN)]],
    [
      'deepseek-v3',
      false,
      [
        split('\\p{N}{1,3}'),
        split('[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+'),
        split(SIGN_WORDS),
      ],
    ],
    [
      'deepseek-coder',
      false,
      [
        split('[\r\n]'),
        split('\\s?\\p{L}+'),
        split('\\s?\\p{P}+'),
        split('[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+'),
        { type: 'Digits', individual_digits: true },
      ],
    ],
  ])('are known as %s by what they do', async (name, ignoresMerges, steps) => {
    const { values } = await valuesOf('llama3', (definition) => {
      definition.model.ignore_merges = ignoresMerges;
      definition.pre_tokenizer.pretokenizers = [
        ...steps,
        ...definition.pre_tokenizer.pretokenizers.slice(1),
      ];
    });
    expect(values.get('tokenizer.ggml.pre')).toBe(name);
  });

  it('have a name also where taking whole words makes no difference', async () => {
    const { values } = await valuesOf('qwen2', ({ model }) => {
      model.ignore_merges = true;
    });
    expect(values.get('tokenizer.ggml.pre')).toBe('qwen2');
    await expect(
      valuesOf('qwen2', ({ model }) => {
        model.ignore_merges = true;
        model.merges.pop(); // its piece is made no more
      }),
    ).rejects.toThrow(
      /known to llama\.cpp as qwen2, but only without ignore_merges, which gives other ids here/,
    );
  });

  it('are refused with a pattern that llama.cpp has no name for', async () => {
    await expect(
      valuesOf('llama3', ({ pre_tokenizer: step }) => {
        step.pretokenizers[0]!.pattern = { Regex: '\\w+' };
      }),
    ).rejects.toThrow(/pre-tokenizer \(split \\w\+\) is not one that llama.cpp knows/);
    await expect(
      valuesOf('llama3', (definition) => {
        definition.normalizer = { type: 'Lowercase' };
      }),
    ).rejects.toThrow(/normalizer Lowercase/);
  });
});
