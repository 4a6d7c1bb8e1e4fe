/**
 * Holds the committed tokenizer to its trainer's rules: it loads, gives every text back, and splits
 * a word alike in prose and in JSON.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Tokenizer } from '@automodel/data';
import { describe, expect, it } from 'vitest';
import { trainMerges } from '../generate/byte-pair-encoding.js';

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const json = (path: string): object => JSON.parse(read(path)) as object;
const tokenizer = await Tokenizer.fromPretrained(
  fileURLToPath(new URL('../tokenizer', import.meta.url)),
);

describe('the quickstart tokenizer', () => {
  it('gives every text back', () => {
    const texts = [
      ...read('data/test.jsonl').trimEnd().split('\n'),
      '<|im_start|>user\nhi<|im_end|>\n',
      'Größe, 你好 🙂\n\n  x',
    ];
    for (const text of texts) expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });

  it('has the special tokens at the ids that config.json names', () => {
    expect(tokenizer.encode('<|endoftext|><|im_start|><|im_end|>')).toEqual([0, 1, 2]);
    expect(json('config.json')).toMatchObject({
      pad_token_id: 0,
      eos_token_id: 2,
      vocab_size: 1024,
    });
    expect(json('generation_config.json')).toMatchObject({ pad_token_id: 0, eos_token_id: [2, 0] });
  });

  it('splits a word alike after a space and after a quote', () => {
    const word = tokenizer.encode('Quentin');
    expect(tokenizer.encode(' Quentin').slice(1)).toEqual(word);
    expect(tokenizer.encode('"Quentin').slice(1)).toEqual(word);
  });

  it('is trained by merging the most frequent pair, ties in the order of the text', () => {
    expect(trainMerges(['aab aab', 'cb ab'], 261, [])).toEqual([
      ['a', 'b'],
      ['a', 'ab'],
    ]);
    expect(trainMerges(['xy ab'.repeat(2)], 257, [])).toEqual([['a', 'b']]);
  });
});
