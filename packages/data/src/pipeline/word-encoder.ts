// From a piece of normalised text to ids: pre-tokenizer, then model. A last step that writes bytes
// as characters is left to words that are new, and where words are the matches of one pattern they
// are taken from the text at once; both give the ids of the steps one by one.
import { byteCharacters } from './byte-characters.js';
import type { Model } from './model.js';
import type { Part } from './part.js';
import type { Piece } from './piece.js';
import { GPT2_SPLIT, readPreTokenizer, type PreTokenizer } from './pre-tokenizer.js';
import { RememberedWords } from './remembered-words.js';

export class WordEncoder {
  readonly #model: Model;
  readonly #steps: readonly PreTokenizer[];
  /** Where the only step takes the matches of one expression. */
  readonly #expression: RegExp | undefined;
  readonly #byteLevel: boolean;
  readonly #words = new RememberedWords();

  constructor(model: Model, preTokenizer: Part | undefined) {
    this.#model = model;
    const parts = preTokenizer === undefined ? [] : flat(preTokenizer);
    const last = parts.at(-1);
    this.#byteLevel = last?.type === 'ByteLevel' && !last.flag('add_prefix_space');
    if (!this.#byteLevel) this.#steps = parts.map(readPreTokenizer);
    else {
      const before = parts.slice(0, -1).map(readPreTokenizer);
      this.#steps = last?.flag('use_regex', true) === true ? [...before, GPT2_SPLIT] : before;
    }
    this.#expression = this.#steps.length === 1 ? this.#steps[0]?.words : undefined;
  }

  /** Appends the ids of `piece` to `ids`. */
  encode(piece: Piece, ids: number[]): void {
    if (piece.text === '') return;
    const words = this.#expression && matchesOf(this.#expression, piece.text);
    if (words !== undefined) {
      for (const word of words) append(this.#idsOf(word), ids);
      return;
    }
    let pieces: readonly Piece[] = [piece];
    for (const step of this.#steps) pieces = step.split(pieces);
    for (const { text } of pieces) append(this.#idsOf(text), ids);
  }

  #idsOf(word: string): readonly number[] {
    return this.#words.of(word, (one) =>
      this.#model.encode(this.#byteLevel ? byteCharacters(one) : one),
    );
  }
}

const flat = (part: Part): readonly Part[] =>
  part.type === 'Sequence' ? part.list('pretokenizers').flatMap(flat) : [part];

/** The matches, if nothing lies between them. */
function matchesOf(expression: RegExp, text: string): readonly string[] | undefined {
  const found: readonly string[] = text.match(expression) ?? [];
  let length = 0;
  for (const word of found) length += word.length;
  return length === text.length && !found.includes('') ? found : undefined;
}

function append(more: readonly number[], ids: number[]): void {
  for (const id of more) ids.push(id);
}
