// A tokenizer.json at work: text to ids and back, with the ids and texts of the Rust library
// tokenizers 0.23. Its `truncation` and `padding` are settings of a call, which transformers sets
// anew for each; they are not applied here.
import type { AddedTokenSettings } from './added-token.js';
import { AddedVocabulary, type AddedToken } from './added-vocabulary.js';
import { joinWithSpaces, readDecoder, type Decoder } from './decoder.js';
import type { Model } from './model.js';
import { normalizePiece, readNormalizer, type Normalizer } from './normalizer.js';
import type { Part } from './part.js';
import { slice, type Piece } from './piece.js';
import { readModel } from './read-model.js';
import { readPostProcessor, type SurroundingTokens } from './post-processor.js';
import type { TokenFinder } from './token-finder.js';
import { WordEncoder } from './word-encoder.js';

/** Part of a text between added tokens, or one of them with the white space that it takes. */
export interface EncodedSection {
  /** Characters of the text. */
  readonly start: number;
  readonly end: number;
  readonly ids: readonly number[];
  /** The whole section is an added token. */
  readonly added: boolean;
}

export class Pipeline {
  readonly surroundingTokens: SurroundingTokens;
  /** By id. */
  readonly addedTokens: ReadonlyMap<number, AddedToken>;
  readonly #model: Model;
  readonly #normalizer: Normalizer | undefined;
  readonly #added: AddedVocabulary;
  readonly #words: WordEncoder;
  readonly #decoder: Decoder;
  readonly #finder: TokenFinder | undefined;
  readonly #normalizedFinder: TokenFinder | undefined;

  /**
   * `definition`: a tokenizer.json that is checked; `more`: tokens that other files add, in turn.
   * Errors: `unsupported` and `bad-file` naming the part.
   */
  constructor(definition: Part, more: readonly (readonly AddedTokenSettings[])[]) {
    const normalizer = definition.optional('normalizer');
    this.#normalizer = normalizer === undefined ? undefined : readNormalizer(normalizer);
    this.#model = readModel(definition);
    this.#words = new WordEncoder(this.#model, definition.optional('pre_tokenizer'));
    const processor = definition.optional('post_processor');
    this.surroundingTokens =
      processor === undefined ? { before: [], after: [] } : readPostProcessor(processor);
    const decoder = definition.optional('decoder');
    this.#decoder = decoder === undefined ? joinWithSpaces : readDecoder(decoder);
    this.#added = new AddedVocabulary(this.#model, (text) => this.#normalizer?.apply(text) ?? text);
    for (const tokens of more) this.#added.add(tokens);
    const ambiguous = this.#added.ambiguous();
    if (ambiguous !== undefined)
      throw definition.bad(
        `two added tokens are both looked for as ${JSON.stringify(ambiguous)}, or one as no text`,
      );
    this.addedTokens = this.#added.tokens;
    this.#finder = this.#added.finder(false);
    this.#normalizedFinder = this.#added.finder(true);
  }

  /**
   * The ids of `text` without special tokens around it, section by section. `from`: only what lies
   * behind this place, where a section begins. Errors: `bad-data` where a part of the text has no
   * id.
   */
  encode(text: string, from = 0): readonly EncodedSection[] {
    const whole = wellFormed(text);
    const sections: EncodedSection[] = [];
    let end = from;
    for (const found of this.#finder?.find(from === 0 ? whole : whole.slice(from)) ?? []) {
      const [start, stop] = [found.start + from, found.end + from];
      if (start > end) sections.push(this.#section(whole, end, start));
      if (stop > start)
        sections.push({ start: Math.max(start, end), end: stop, ids: [found.id], added: true });
      end = stop;
    }
    if (end < whole.length) sections.push(this.#section(whole, end, whole.length));
    return sections;
  }

  /** The text of `ids`; those without a token have none. */
  decode(ids: readonly number[], skipSpecialTokens: boolean): string {
    const tokens: string[] = [];
    for (const id of ids) {
      const token = this.#added.decodedText(id) ?? this.#model.idToToken(id);
      if (token === undefined || (skipSpecialTokens && this.#added.isSpecialText(token))) continue;
      tokens.push(token);
    }
    return tokens.length === 0 ? '' : this.#decoder(tokens).join('');
  }

  tokenToId(token: string): number | undefined {
    return this.#added.idOf(token) ?? this.#model.tokenToId(token);
  }

  idToToken(id: number): string | undefined {
    return this.addedTokens.get(id)?.content ?? this.#model.idToToken(id);
  }

  /** True for a piece of the model's vocabulary. */
  isPiece(token: string): boolean {
    return this.#model.tokenToId(token) !== undefined;
  }

  /** The largest id; -1 for an empty vocabulary. */
  largestId(): number {
    let largest = -1;
    for (const [, id] of this.#model.tokens()) largest = Math.max(largest, id);
    for (const id of this.addedTokens.keys()) largest = Math.max(largest, id);
    return largest;
  }

  #section(text: string, start: number, end: number): EncodedSection {
    const part = text.slice(start, end);
    const leading = start === 0 ? firstCharacter(part).length : 0;
    const piece: Piece = { text: part, leading };
    const normal = this.#normalizer === undefined ? piece : normalizePiece(this.#normalizer, piece);
    const ids: number[] = [];
    let behind = 0;
    for (const found of this.#normalizedFinder?.find(normal.text) ?? []) {
      if (found.start > behind) this.#words.encode(slice(normal, behind, found.start), ids);
      if (found.end > found.start) ids.push(found.id);
      behind = found.end;
    }
    this.#words.encode(behind === 0 ? normal : slice(normal, behind, normal.text.length), ids);
    return { start, end, ids, added: false };
  }
}

const firstCharacter = (text: string): string => String.fromCodePoint(text.codePointAt(0) ?? 0);

/** Halves of characters are none: they become U+FFFD. */
const wellFormed = (text: string): string =>
  /[\ud800-\udfff]/.test(text) ? text.replace(/\p{Surrogate}/gu, '\ufffd') : text;
