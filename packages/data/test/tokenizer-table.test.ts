// Every part of a tokenizer.json with its options: ids and texts of a table that PyPI's tokenizers
// 0.23 made (tooling/tokenizer-table).
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Tokenizer } from '../src/index.js';

type Row = readonly [
  text: string,
  plain: readonly number[],
  ids: readonly number[],
  decoded: string,
  withoutSpecial: string,
];

interface Case {
  readonly vocabulary: string;
  readonly options: object;
  readonly texts: readonly Row[];
}

const { models, cases } = JSON.parse(
  readFileSync(fileURLToPath(new URL('./fixtures/tokenizer-table.json', import.meta.url)), 'utf8'),
) as { readonly models: Readonly<Record<string, object>>; readonly cases: readonly Case[] };

const tokenizerOf = ({ vocabulary, options, texts: _, ...parts }: Case): Tokenizer =>
  new Tokenizer({
    source: 'table',
    definition: { version: '1.0', ...parts, model: { ...models[vocabulary], ...options } },
    config: {},
    chatTemplates: new Map(),
  });

describe('the table of tokenizers', () => {
  it('has cases of every vocabulary', () => {
    expect(new Set(cases.map(({ vocabulary }) => vocabulary))).toEqual(
      new Set(Object.keys(models)),
    );
    expect(cases.length).toBe(300);
  });

  it.each(Object.keys(models))('%s: ids and texts are those of the Rust library', (name) => {
    for (const one of cases.filter(({ vocabulary }) => vocabulary === name)) {
      const tokenizer = tokenizerOf(one);
      for (const [text, plain, ids, decoded, withoutSpecial] of one.texts) {
        const { texts: _, ...shown } = one;
        expect(
          {
            plain: tokenizer.encode(text, { addSpecialTokens: false }),
            ids: tokenizer.encode(text),
            decoded: tokenizer.decode(ids),
            withoutSpecial: tokenizer.decode(ids, { skipSpecialTokens: true }),
          },
          `${JSON.stringify(text)} of ${JSON.stringify(shown)}`,
        ).toEqual({ plain, ids, decoded, withoutSpecial });
      }
    }
  });
});
