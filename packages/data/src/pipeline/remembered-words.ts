// The same word always gives the same ids, so those of short words are remembered.

const MAX_WORDS = 1 << 18;
const MAX_WORD_LENGTH = 256;

export class RememberedWords {
  #known = new Map<string, readonly number[]>();

  /** The ids of `word`, from `encode` if it is new. */
  of(word: string, encode: (word: string) => readonly number[]): readonly number[] {
    // A text that is no word is not even looked up: that would read all of it.
    if (word.length > MAX_WORD_LENGTH) return encode(word);
    const known = this.#known.get(word);
    if (known !== undefined) return known;
    const ids = encode(word);
    if (this.#known.size >= MAX_WORDS) this.#known = new Map();
    // A copy: a slice would keep the whole text in memory.
    this.#known.set(Array.from(word).join(''), ids);
    return ids;
  }
}
