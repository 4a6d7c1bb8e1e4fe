// The fast way from text to ids, with exactly the ids of @huggingface/tokenizers. Three facts make
// it exact, and it steps aside (undefined) wherever one is not certain:
// added tokens split a text into sections that are encoded alone; the pre-tokenizer's words (or, in
// SentencePiece vocabularies, runs that begin with the space mark where no piece can cross it) are
// encoded alone; the same word always gives the same ids. So ids of words are remembered, and only
// new words go through the library.
import type { Tokenizer as TokenizerModel } from '@huggingface/tokenizers';
import { isObject, type JsonObject } from '../json/json-object.js';
import { byteLevel, byteLevelWords } from './byte-level-words.js';
import { markedWords } from './marked-words.js';
import type { AddedTokenFacts, Model, Words } from './words.js';

/** Part of a text between added tokens, or one of them. */
export interface EncodedSection {
  /** Characters of the text. */
  readonly start: number;
  readonly end: number;
  readonly ids: readonly number[];
  /** The whole section is an added token. */
  readonly added: boolean;
}

const MAX_WORDS = 1 << 18;
const MAX_WORD_LENGTH = 64;

/** The ids of a whole text. */
export function idsOf(sections: readonly EncodedSection[]): number[] {
  const all: number[] = [];
  for (const { ids } of sections) for (const id of ids) all.push(id);
  return all;
}

/** Undefined for tokenizers to which the facts do not apply. */
export function sectionEncoder(
  library: TokenizerModel,
  definition: JsonObject,
  config: JsonObject,
): SectionEncoder | undefined {
  const model = isObject(definition['model']) ? definition['model'] : {};
  const tokens = definition['added_tokens'];
  if (
    model['type'] !== 'BPE' ||
    !Array.isArray(tokens) ||
    config['remove_space'] === true ||
    config['do_lowercase_and_remove_accent'] === true
  )
    return undefined;
  for (const key of ['end_of_word_suffix', 'continuing_subword_suffix'] as const)
    if (typeof model[key] === 'string' && model[key] !== '') return undefined;
  const added = tokens as readonly AddedTokenFacts[];
  const normalizes = definition['normalizer'] !== null && definition['normalizer'] !== undefined;
  if (
    added.some(
      ({ content, lstrip, rstrip, single_word: alone, normalized }) =>
        content === '' || lstrip || rstrip || alone === true || (normalized && normalizes),
    )
  )
    return undefined;
  const words = byteLevelWords(library, definition) ?? markedWords(library, definition, added);
  return words === undefined ? undefined : new SectionEncoder(library, added, words);
}

export class SectionEncoder {
  readonly #model: Model;
  readonly #addedIds: ReadonlyMap<string, number>;
  readonly #splitter: RegExp | undefined;
  readonly #words: Words;
  #known = new Map<string, readonly number[]>();

  constructor(library: TokenizerModel, added: readonly AddedTokenFacts[], words: Words) {
    this.#model = library.model as unknown as Model;
    this.#addedIds = new Map(added.map(({ content, id }) => [content, id]));
    // Longest first: the library takes the longest token that begins at the first place where one
    // does.
    const contents = [...this.#addedIds.keys()].sort((a, b) => b.length - a.length);
    this.#splitter =
      contents.length === 0
        ? undefined
        : new RegExp(
            contents.map((content) => content.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')).join('|'),
            'g',
          );
    this.#words = words;
  }

  /**
   * The sections of `text`, without special tokens around them; undefined where only the library
   * knows.
   */
  encode(text: string): EncodedSection[] | undefined {
    const sections: EncodedSection[] = [];
    let start = 0;
    if (this.#splitter !== undefined) {
      for (const match of text.matchAll(this.#splitter)) {
        if (match.index > start && !this.#encodeSection(text, start, match.index, sections))
          return undefined;
        const [content] = match;
        start = match.index + content.length;
        sections.push({
          start: match.index,
          end: start,
          ids: [this.#addedIds.get(content)!],
          added: true,
        });
      }
    }
    return start < text.length && !this.#encodeSection(text, start, text.length, sections)
      ? undefined
      : sections;
  }

  #encodeSection(text: string, start: number, end: number, sections: EncodedSection[]): boolean {
    const words = this.#words.of(
      start === 0 && end === text.length ? text : text.slice(start, end),
    );
    if (words === undefined) return false;
    const ids: number[] = [];
    for (const word of words) {
      const known = this.#known.get(word) ?? this.#learn(word);
      if (known === undefined) return false;
      for (const id of known) ids.push(id);
    }
    sections.push({ start, end, ids, added: false });
    return true;
  }

  #learn(word: string): readonly number[] | undefined {
    const pieces = this.#model([this.#words.byteLevel ? byteLevel(word) : word]);
    const ids: number[] = [];
    for (const piece of pieces) {
      const id = this.#model.tokens_to_ids.get(piece);
      // Unknown pieces may be fused with their neighbours.
      if (id === undefined || id === this.#model.unk_token_id) return undefined;
      // A piece of text that spells an added token gets that token's id from the library:
      // SentencePiece bytes may be added tokens.
      ids.push(this.#addedIds.get(piece) ?? id);
    }
    if (word.length > MAX_WORD_LENGTH) return ids;
    if (this.#known.size >= MAX_WORDS) this.#known = new Map();
    // A copy: a slice would keep the whole text in memory.
    this.#known.set(Array.from(word).join(''), ids);
    return ids;
  }
}
