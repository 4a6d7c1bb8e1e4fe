import { Tokenizer as Library } from '@huggingface/tokenizers';
import { describe, expect, it } from 'vitest';
import { labelText, Tokenizer, type TextSpan } from '../src/index.js';
import { tokenizerNames, tokenizerFolder } from './golden-tokenizers.js';

/** Encodes everything through the library. */
class SlowTokenizer extends Tokenizer {
  override encodeSections(): undefined {
    return undefined;
  }
}

const PIECES = [
  'hello',
  ' world',
  "don't",
  "'S",
  '\u00e9',
  'e\u0301',
  '\u4f60\u597d',
  '\u{1f642}',
  '\u200d',
  '\n',
  '\r\n',
  '  ',
  '   ',
  '\t',
  '123456',
  '<|im_end|>',
  '<|im_start|>',
  '</s>',
  '<s>',
  '<eos>',
  '<|eot_id|>',
  '<unk>',
  '<pad>',
  '<start_of_turn>',
  '\u2581',
  '<0x41>',
  ' <',
  '|',
  'the the',
  '\ufb01',
  '\u0000',
  '\u017f',
  '\u00a0',
  '\u3000',
  '!!!',
  ' $%',
  '_a',
  '\ud800',
  'assistant\n',
  'the \n',
  ' \n \n',
  ', ',
  'e',
  '=  \n',
];

function randomTexts(count: number): string[] {
  let seed = 7;
  const below = (bound: number): number =>
    ((seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) >>> 8) % bound;
  return Array.from({ length: count }, () =>
    Array.from({ length: 1 + below(12) }, () => PIECES[below(PIECES.length)]).join(''),
  );
}

describe.each(tokenizerNames)('%s', (name) => {
  it('has the ids of the library, whichever way they are found', async () => {
    const tokenizer = await Tokenizer.fromPretrained(tokenizerFolder(name));
    const library = new Library(tokenizer.files.definition, tokenizer.files.config);
    let fast = 0;
    for (const text of randomTexts(400)) {
      const sections = tokenizer.encodeSections(text);
      if (sections === undefined) continue;
      fast++;
      expect(
        sections.flatMap(({ ids }) => ids),
        JSON.stringify(text),
      ).toEqual(library.encode(text, { add_special_tokens: false }).ids);
      expect(sections.map(({ start, end }) => text.slice(start, end)).join('')).toBe(text);
    }
    if (name !== 'unigram')
      expect(fast).toBeGreaterThan(name.startsWith('ll') || name === 'qwen2' ? 300 : 200);
  });

  it('labels the same tokens, whichever way they are found', async () => {
    const fast = await Tokenizer.fromPretrained(tokenizerFolder(name));
    const slow = new SlowTokenizer(fast.files);
    for (const [i, text] of randomTexts(400).entries()) {
      const cuts = [0.2, 0.4, 0.6, i % 3 === 0 ? 1 : 0.9].map((share) =>
        Math.floor(share * text.length),
      );
      const spans: TextSpan[] = [
        { start: cuts[0]!, end: cuts[1]! },
        { start: cuts[2]!, end: cuts[3]! },
      ];
      // Tokens of lone halves of a character have no place of their own.
      if (
        /\p{Surrogate}/u.test(
          spans.map(({ start, end }) => text.slice(start, end)).join('\n') +
            text.slice(0, cuts[0]) +
            text.slice(0, cuts[2]),
        )
      )
        continue;
      expect(labelText(fast, text, spans), JSON.stringify(text)).toEqual(
        labelText(slow, text, spans),
      );
    }
  });
});
