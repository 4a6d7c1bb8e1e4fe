// Turns ids that arrive one at a time into text that can be shown at once. A character written by
// several tokens appears with the last of them, and a decoder that drops the space before the first
// word (SentencePiece) does so only at the start: every piece is decoded behind the piece before
// it.
import type { DecodeOptions, Tokenizer } from './tokenizer.js';

/**
 * Stands for incomplete UTF-8 at the end of a text. One that is really in the text only waits for
 * the next whole character.
 */
const REPLACEMENT = '\ufffd';

/** Text out of single ids. The pieces joined are the text of all ids. */
export class DecodeStream {
  readonly #tokenizer: Tokenizer;
  readonly #options: DecodeOptions;
  #shown: number[] = [];
  #pending: number[] = [];

  constructor(tokenizer: Tokenizer, options: DecodeOptions = {}) {
    this.#tokenizer = tokenizer;
    this.#options = options;
  }

  /** The text that `id` completes; empty while a character is incomplete. */
  push(id: number): string {
    if (this.#options.skipSpecialTokens === true && this.#tokenizer.isSpecial(id)) return '';
    this.#pending.push(id);
    const text = this.#pendingText();
    return text.endsWith(REPLACEMENT) ? '' : this.#show(text);
  }

  /** What is left at the end: an incomplete character shows as U+FFFD. */
  flush(): string {
    return this.#pending.length === 0 ? '' : this.#show(this.#pendingText());
  }

  #pendingText(): string {
    const before = this.#tokenizer.decode(this.#shown, this.#options);
    const all = this.#tokenizer.decode([...this.#shown, ...this.#pending], this.#options);
    return all.startsWith(before)
      ? all.slice(before.length)
      : this.#tokenizer.decode(this.#pending, this.#options);
  }

  #show(text: string): string {
    this.#shown = this.#pending;
    this.#pending = [];
    return text;
  }
}
