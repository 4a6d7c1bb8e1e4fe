// What every model of a tokenizer.json does: a piece of text becomes ids of its vocabulary.
import type { Part } from './part.js';

export interface Model {
  /** How many pieces the vocabulary has; ids may go further. */
  readonly size: number;
  /** Errors: `bad-data` where a part of `piece` has no id and the model no unknown token. */
  encode(piece: string): readonly number[];
  tokenToId(token: string): number | undefined;
  idToToken(id: number): string | undefined;
  tokens(): Iterable<readonly [string, number]>;
}

/** The vocabulary of a model that has a table of pieces. */
export class Vocabulary {
  readonly #ids: ReadonlyMap<string, number>;
  readonly #tokens: ReadonlyMap<number, string>;

  constructor(ids: ReadonlyMap<string, number>) {
    this.#ids = ids;
    this.#tokens = new Map(Array.from(ids, ([token, id]) => [id, token]));
  }

  get size(): number {
    return this.#ids.size;
  }

  tokenToId(token: string): number | undefined {
    return this.#ids.get(token);
  }

  idToToken(id: number): string | undefined {
    return this.#tokens.get(id);
  }

  tokens(): Iterable<readonly [string, number]> {
    return this.#ids;
  }
}

/** A text that may be null or missing. */
export function optionalText(part: Part, key: string): string | undefined {
  return part.value(key) === undefined ? undefined : part.text(key);
}
