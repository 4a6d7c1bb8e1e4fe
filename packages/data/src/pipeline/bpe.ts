// Byte-pair encoding: the characters of a piece are merged, pair by pair, in the order of the
// file's list. Characters outside of the vocabulary become bytes or the unknown token, as the Rust
// library does it.
import { markedWords, type WordsOf } from './marked-words.js';
import { mergeSymbols } from './merge-symbols.js';
import { MergeTable } from './merge-table.js';
import { optionalText, Vocabulary, type Model } from './model.js';
import type { Part } from './part.js';
import { RememberedWords } from './remembered-words.js';
import { unknownPiece } from './unknown-piece.js';

interface Options {
  readonly unknownId: number | undefined;
  readonly prefix: string;
  readonly suffix: string;
  readonly fuseUnknown: boolean;
  readonly byteFallback: boolean;
  readonly ignoreMerges: boolean;
}

/** `ids`: the vocabulary, checked, as are the merges. Errors: `unsupported` for dropout. */
export function readBpe(part: Part, ids: ReadonlyMap<string, number>): BytePairModel {
  const dropout = part.value('dropout');
  if (dropout !== undefined && dropout !== 0)
    throw part.unsupported(`${part.path}.dropout leaves merges out by chance`);
  const unknown = optionalText(part, 'unk_token');
  const options = {
    unknownId: unknown === undefined ? undefined : ids.get(unknown),
    prefix: part.text('continuing_subword_prefix', ''),
    suffix: part.text('end_of_word_suffix', ''),
    fuseUnknown: part.flag('fuse_unk', false),
    byteFallback: part.flag('byte_fallback', false),
    ignoreMerges: part.flag('ignore_merges', false),
  };
  return new BytePairModel(ids, mergePairs(part.value('merges')), options);
}

/** Pairs, or texts with one space between the halves; a first line may name a version. */
export function mergePairs(merges: unknown): readonly (readonly [string, string])[] {
  return (merges as readonly (string | readonly [string, string])[])
    .filter((merge) => typeof merge !== 'string' || !merge.startsWith('#version'))
    .map((merge) => (typeof merge === 'string' ? merge.split(' ') : merge) as [string, string]);
}

export class BytePairModel extends Vocabulary implements Model {
  readonly #merges = new MergeTable();
  readonly #options: Options;
  readonly #bytes: readonly (number | undefined)[];
  readonly #words = new RememberedWords();
  readonly #wordsOf: WordsOf | undefined;

  constructor(
    ids: ReadonlyMap<string, number>,
    pairs: readonly (readonly [string, string])[],
    options: Options,
  ) {
    super(ids);
    this.#options = options;
    for (const [rank, [left, right]] of pairs.entries()) {
      const id = ids.get(left + right.slice(options.prefix.length));
      this.#merges.set(ids.get(left)!, ids.get(right)!, { rank, id: id! });
    }
    this.#bytes = options.byteFallback ? byteIds(ids) : [];
    if (options.prefix === '' && options.suffix === '' && !options.ignoreMerges)
      this.#wordsOf = markedWords(pairs);
  }

  encode(piece: string): readonly number[] {
    if (this.#wordsOf === undefined || !piece.includes('\u2581')) return this.#encodeWord(piece);
    const ids: number[] = [];
    for (const word of this.#wordsOf(piece)) {
      const known = this.#words.of(word, (one) => this.#encodeWord(one));
      for (const id of known) ids.push(id);
    }
    // Unknown characters may be joined with those of the neighbours.
    const { unknownId } = this.#options;
    return unknownId !== undefined && ids.includes(unknownId) ? this.#encodeWord(piece) : ids;
  }

  #encodeWord(word: string): readonly number[] {
    const whole = this.#options.ignoreMerges ? this.tokenToId(word) : undefined;
    return whole === undefined ? mergeSymbols(this.#symbols(word), this.#merges) : [whole];
  }

  /** The word's characters. An unknown one waits for the next that is known, as in Rust. */
  #symbols(word: string): number[] {
    const { unknownId, prefix, suffix, fuseUnknown, byteFallback } = this.#options;
    const symbols: number[] = [];
    const characters = Array.from(word);
    let isUnknown = false;
    for (const [i, character] of characters.entries()) {
      const isLast = i === characters.length - 1;
      const text = (i === 0 ? '' : prefix) + character + (isLast ? suffix : '');
      const id = this.tokenToId(text);
      if (id !== undefined) {
        if (isUnknown) symbols.push(unknownId!);
        isUnknown = false;
        symbols.push(id);
        continue;
      }
      const bytes = byteFallback ? this.#byteIds(text) : undefined;
      if (bytes !== undefined) {
        symbols.push(...bytes);
        continue;
      }
      if (unknownId === undefined) throw unknownPiece(word);
      if (isUnknown && !fuseUnknown) symbols.push(unknownId);
      isUnknown = true;
    }
    if (isUnknown) symbols.push(unknownId!);
    return symbols;
  }

  #byteIds(text: string): number[] | undefined {
    const ids: number[] = [];
    for (const byte of Buffer.from(text, 'utf8')) {
      const id = this.#bytes[byte];
      if (id === undefined) return undefined;
      ids.push(id);
    }
    return ids;
  }
}

/** Ids of the pieces <0x00> to <0xFF>. */
export const byteIds = (ids: ReadonlyMap<string, number>): (number | undefined)[] =>
  Array.from({ length: 256 }, (_, byte) =>
    ids.get(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`),
  );
