// SentencePiece-style tokenizers inside the files, and others, which are refused.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import gguf from '@automodel/export-gguf';
import { DECODER_NAMES } from '@automodel/nn';
import { readGgufFile } from './gguf-reader.js';
import { scratch, tinyModel } from './tiny-model.js';
import { definitionOf, sentencePiece, valuesOf } from './tokenizer-values.js';

describe('SentencePiece-style tokenizers', () => {
  it('have scores in the order of their merges', async () => {
    const { values, notes } = await valuesOf('llama2');
    const get = (key: string): unknown => values.get(`tokenizer.ggml.${key}`);
    expect([
      get('model'),
      get('pre'),
      get('add_space_prefix'),
      get('add_bos_token'),
      get('unknown_token_id'),
    ]).toEqual(['llama', 'default', true, true, 0]);
    const { model } = definitionOf('llama2');
    const [scores, kinds] = [get('scores') as number[], get('token_type') as number[]];
    model.merges
      .slice(0, 5)
      .forEach((pair, rank) => expect(scores[model.vocab[pair.join('')]!]! + 0).toBe(-rank + 0));
    expect([kinds[0], kinds[1], kinds[model.vocab['<0x0A>']!]]).toEqual([2, 3, 6]);
    expect(notes.join()).toMatch(/345 of 2010 pieces can also be made/);
  });

  it('may be SentencePiece models', async () => {
    const model = await tinyModel('llama', { tokenizer: 'llama2' });
    rmSync(join(model, 'tokenizer.json'));
    rmSync(join(model, 'tokenizer_config.json'));
    writeFileSync(
      join(model, 'tokenizer.model'),
      Buffer.from(sentencePiece['bpe-keeping-spaces']!.model, 'base64'),
    );
    const { path, notes } = await gguf.export({
      model,
      output: join(scratch(), 'out'),
      type: 'f16',
      names: DECODER_NAMES,
      logits: () => Promise.reject(new Error('not asked for')),
    });
    const { values } = readGgufFile(path);
    const get = (key: string): unknown => values.get(`tokenizer.ggml.${key}`);
    expect([get('model'), get('add_space_prefix'), get('bos_token_id')]).toEqual([
      'llama',
      true,
      1,
    ]);
    const [tokens, scores, kinds] = ['tokens', 'scores', 'token_type'].map(get) as [
      string[],
      number[],
      number[],
    ];
    const [first, second] = [tokens.indexOf('\u2581the'), tokens.indexOf('\u2581lock')];
    expect(scores[first]! === scores[second]!).toBe(false);
    expect([kinds[0], kinds[1], kinds[tokens.indexOf('<0x0A>')]]).toEqual([2, 3, 6]);
    expect(notes.join()).not.toMatch(/can also be made/);
  });

  it('put no space before a text where tokenizer.json does not', async () => {
    expect((await valuesOf('gemma')).values.get('tokenizer.ggml.add_space_prefix')).toBe(false);
  });

  it('are refused with other steps', async () => {
    await expect(
      valuesOf('gemma', (definition) => {
        definition.normalizer = { type: 'NFKC' };
      }),
    ).rejects.toThrow(/step NFKC/);
  });
});

describe('other tokenizers', () => {
  it('are refused by their kind', async () => {
    await expect(valuesOf('unigram')).rejects.toThrow(
      /tokenizer.json: a Unigram tokenizer cannot be written as GGUF/,
    );
  });

  it('are refused with more ids than the model has rows', async () => {
    await expect(
      valuesOf('llama3', ({ added_tokens: tokens }) => {
        for (let id = tokens.length; id < 11; id++)
          tokens.push({ ...tokens[0]!, content: `<|${id}|>`, id: 2000 + id });
      }),
    ).rejects.toThrow(/2011 ids, the model 2010 rows/);
  });
});
