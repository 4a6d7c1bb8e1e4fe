// Python's dict: any hashable keys in the order of their first insertion. A key is found by its
// hash (python/hash.ts), which is the same for values that are equal: 1, 1.0 and True are one key.
import type { Value } from './value.js';

/** Stands for all keys that are equal: a primitive, or the object itself. */
export type Hash = string | number | bigint | null | object;

export interface Entry {
  readonly key: Value;
  readonly value: Value;
}

export class Dict {
  readonly #entries = new Map<Hash, Entry>();
  /** The source that a loop turn over this value is for; set by `track`. */
  readonly turn: number | undefined;

  constructor(turn?: number) {
    this.turn = turn;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(hash: Hash): Value | undefined {
    return this.#entries.get(hash)?.value;
  }

  /** The value of a key that is this text. */
  lookup(key: string): Value | undefined {
    return this.#entries.get(hashOfText(key))?.value;
  }

  has(hash: Hash): boolean {
    return this.#entries.has(hash);
  }

  /**
   * For whoever makes the dict: templates cannot change one. A key that is there stays as it is.
   */
  set(hash: Hash, key: Value, value: Value): void {
    this.#entries.set(hash, { key: this.#entries.get(hash)?.key ?? key, value });
  }

  entries(): IterableIterator<Entry> {
    return this.#entries.values();
  }

  /** With their hashes. */
  hashed(): IterableIterator<[Hash, Entry]> {
    return this.#entries.entries();
  }
}

/** The hash of a text: itself, made unlike the hashes that are written as texts. */
export function hashOfText(text: string): string {
  return text.charCodeAt(0) === 0 ? `\u0000s${text}` : text;
}
