// A tiktoken file (a token in base64 and its rank on each line) as a tokenizer.json with the same
// ids, as transformers' TikTokenConverter makes it.
import type { JsonObject } from '../json/json-object.js';
import { charactersOf } from '../pipeline/byte-characters.js';
import { mergesOfPieces } from './merges-of-pieces.js';
import type { TiktokenKind } from './tiktoken-kinds.js';

const LINE = /^([A-Za-z0-9+/]+={0,2}) (\d+)$/;

/** Ranks by token, with a character for each byte; undefined for a text that is no such file. */
export function readTiktoken(text: string): ReadonlyMap<string, number> | undefined {
  const ranks = new Map<string, number>();
  for (const line of text.split(/\r?\n/)) {
    if (line === '') continue;
    const [, token, rank] = LINE.exec(line) ?? [];
    if (token === undefined) return undefined;
    ranks.set(charactersOf(Buffer.from(token, 'base64')), Number(rank));
  }
  return ranks.size === 0 ? undefined : ranks;
}

/** `special`: tokens behind the file's own, in turn. */
export function convertTiktoken(
  ranks: ReadonlyMap<string, number>,
  { pattern, composes }: TiktokenKind,
  special: readonly string[],
): JsonObject {
  const settings = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map((content, i) => ({
      id: ranks.get(content) ?? ranks.size + i,
      content,
      ...settings,
      special: true,
    })),
    normalizer: composes ? { type: 'NFC' } : null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: true,
      vocab: Object.fromEntries(ranks),
      merges: mergesOfPieces([...ranks.keys()], (token) => ranks.get(token), halvesOf, 'ranks'),
    },
  };
}

/** A character is a byte. */
function* halvesOf(token: string): Iterable<readonly [string, string]> {
  for (let i = 1; i < token.length; i++) yield [token.slice(0, i), token.slice(i)];
}
