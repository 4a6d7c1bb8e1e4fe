// tokenizer.json: what is accepted gives every piece the id that stands beside it, no id to two
// pieces, and text comes back as it was wherever all of it is in the vocabulary.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Tokenizer } from '@automodel/data';
import { AutomodelError } from '@automodel/core';
import type { FuzzTarget } from '../fuzz-target.js';
import { scratch } from '../scratch.js';

const LETTERS = ['a', 'b', 'c', 'd', 'e', '\u0120', '!', ' '];
const MERGES = [
  ['a', 'b'],
  ['ab', 'c'],
  ['\u0120', 'a'],
  ['d', 'e'],
  ['\u0120a', 'b'],
];

/** A small byte-level BPE: a mutation of a large vocabulary would mostly hit nothing. */
function small(): Buffer {
  const pieces = [...LETTERS, ...MERGES.map(([left, right]) => `${left}${right}`)];
  return Buffer.from(
    JSON.stringify({
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: [
        {
          id: pieces.length,
          content: '<|end|>',
          single_word: false,
          lstrip: false,
          rstrip: false,
          normalized: false,
          special: true,
        },
      ],
      normalizer: { type: 'NFC' },
      pre_tokenizer: {
        type: 'ByteLevel',
        add_prefix_space: false,
        trim_offsets: true,
        use_regex: true,
      },
      post_processor: {
        type: 'ByteLevel',
        add_prefix_space: false,
        trim_offsets: false,
        use_regex: true,
      },
      decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: false,
        vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])),
        merges: MERGES,
      },
    }),
  );
}

const quickstart = readFileSync(
  new URL('../../../../examples/quickstart/tokenizer/tokenizer.json', import.meta.url),
);

function checkIds(
  tokenizer: Tokenizer,
  definition: {
    readonly model: { readonly vocab: Record<string, number> };
    readonly added_tokens?: readonly { readonly id: number; readonly content: string }[];
  },
): void {
  const seen = new Map<number, string>();
  const added = (definition.added_tokens ?? []).map(({ content, id }): [string, number] => [
    content,
    id,
  ]);
  if (Array.isArray(definition.model.vocab)) return;
  for (const [piece, id] of new Map([...Object.entries(definition.model.vocab), ...added])) {
    if (tokenizer.tokenToId(piece) !== id)
      throw new Error(
        `${JSON.stringify(piece)} has the id ${tokenizer.tokenToId(piece)}, written is ${id}`,
      );
    if (seen.has(id))
      throw new Error(`${JSON.stringify(piece)} and ${JSON.stringify(seen.get(id))} have one id`);
    seen.set(id, piece);
  }
}

export const tokenizer: FuzzTarget = {
  name: 'tokenizer',
  seeds: [small(), small(), small(), quickstart],
  read: async (bytes) => {
    const path = scratch('tokenizer/tokenizer.json');
    writeFileSync(path, bytes);
    const made = await Tokenizer.fromPretrained(dirname(path));
    checkIds(made, JSON.parse(bytes.toString('utf8')) as Parameters<typeof checkIds>[1]);
    for (const text of ['abc abde!', '<|end|>ab', '']) {
      let ids: number[];
      try {
        ids = made.encode(text);
      } catch (error) {
        if (error instanceof AutomodelError) continue; // a text that the vocabulary cannot write
        throw error;
      }
      if (!ids.every((id) => Number.isSafeInteger(id) && id >= 0 && id < made.vocabSize))
        throw new Error(`${JSON.stringify(text)} becomes ${JSON.stringify(ids)}`);
      if (typeof made.decode(ids) !== 'string') throw new Error('decoded to no text');
    }
  },
};
