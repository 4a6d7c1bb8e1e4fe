// The added tokens of a tokenizer and their ids. The Rust library gives an id to a token by itself:
// that of the vocabulary if it is there, else the next free one; what a file says must agree.
import type { AddedTokenSettings } from './added-token.js';
import type { Model } from './model.js';
import { TokenFinder, type Sought } from './token-finder.js';

export interface AddedToken extends AddedTokenSettings {
  readonly id: number;
}

export class AddedVocabulary {
  readonly #model: Model;
  readonly #normalize: (text: string) => string;
  readonly #ids = new Map<string, number>();
  readonly #tokens = new Map<number, AddedToken>();
  readonly #specialTexts = new Set<string>();

  constructor(model: Model, normalize: (text: string) => string) {
    this.#model = model;
    this.#normalize = normalize;
  }

  /** Adds tokens, or gives those that are there other settings. Gives their ids. */
  add(tokens: readonly AddedTokenSettings[]): readonly number[] {
    const { size } = this.#model;
    let next: number = size;
    for (const id of this.#tokens.keys()) next = Math.max(next, id + 1);
    return tokens.map((token) => {
      const id = this.#ids.get(token.content) ?? this.#model.tokenToId(token.content) ?? next++;
      this.#ids.set(token.content, id);
      this.#tokens.set(id, { ...token, id });
      if (token.special) this.#specialTexts.add(token.content);
      return id;
    });
  }

  /** By id. */
  get tokens(): ReadonlyMap<number, AddedToken> {
    return this.#tokens;
  }

  idOf(content: string): number | undefined {
    return this.#ids.get(content);
  }

  /** What `decode` makes a text of: a token that is looked for normalised is so here. */
  decodedText(id: number): string | undefined {
    const token = this.#tokens.get(id);
    return token === undefined ? undefined : this.#soughtText(token);
  }

  /** True for a text that is a special token as it is written. */
  isSpecialText(text: string): boolean {
    return this.#specialTexts.has(text);
  }

  /** Finds the tokens of one kind; undefined where there are none. */
  finder(normalized: boolean): TokenFinder | undefined {
    const sought = this.#sought().filter((token) => token.normalized === normalized);
    return sought.length === 0 ? undefined : new TokenFinder(sought);
  }

  /** Two tokens that are looked for by the same text, or one by an empty one. */
  ambiguous(): string | undefined {
    const seen = new Set<string>();
    for (const { text, normalized } of this.#sought()) {
      const key = `${String(normalized)} ${text}`;
      if (text === '' || seen.has(key)) return text;
      seen.add(key);
    }
    return undefined;
  }

  #sought(): (Sought & { readonly normalized: boolean })[] {
    return Array.from(this.#tokens.values(), (token) => ({
      ...token,
      text: this.#soughtText(token),
    }));
  }

  #soughtText({ content, normalized }: AddedToken): string {
    return normalized ? this.#normalize(content) : content;
  }
}
