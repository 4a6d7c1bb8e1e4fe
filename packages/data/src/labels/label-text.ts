// Tokenises a text of which only some spans are trained, and says for each token whether it is. The
// tokenizer gives no character offsets, so positions are found by length: the tokens of the text up
// to a position are, in bytes of vocabulary, as long as the tokens of the whole text up to there,
// however the tokens were merged.
import type { TextSpan } from './assistant-turns.js';
import type { EncodedSection } from '../pipeline/pipeline.js';
import { idsOf, type Tokenizer } from '../tokenizer/tokenizer.js';

/** Marks a token that is not trained (PyTorch's `ignore_index`). */
export const IGNORE_INDEX = -100;

/**
 * Token ids and, at the same places, the same id where it is trained and `IGNORE_INDEX` where not
 * (not shifted).
 */
export interface LabelledTokens {
  readonly inputIds: readonly number[];
  readonly labels: readonly number[];
}

/**
 * Tokenises `text` without adding special tokens. `spans` ascend and do not overlap; a token that
 * lies partly in a span is trained, as in transformers.
 */
export function labelText(
  tokenizer: Tokenizer,
  text: string,
  spans: readonly TextSpan[],
): LabelledTokens {
  const sections = tokenizer.encodeSections(text);
  const inputIds = idsOf(sections);
  const measure = new SectionLengths(tokenizer, text, sections);
  const ranges = spans.map((span) => ({
    start: measure.at(span.start),
    end: measure.at(span.end),
  }));
  const labels: number[] = [];
  let position = 0;
  let next = 0;
  let range = ranges[0];
  for (const id of inputIds) {
    const end = position + tokenizer.pieceLength(id);
    while (range !== undefined && range.end <= position) range = ranges[++next];
    labels.push(range !== undefined && range.start < end ? id : IGNORE_INDEX);
    position = end;
  }
  return { inputIds, labels };
}

/**
 * Lengths in vocabulary bytes of ascending prefixes of one text (Infinity for all of it). Only what
 * lies before a position within its own section is measured.
 */
class SectionLengths {
  readonly #tokenizer: Tokenizer;
  readonly #text: string;
  readonly #sections: readonly EncodedSection[];
  #section = 0;
  #length = 0;

  constructor(tokenizer: Tokenizer, text: string, sections: readonly EncodedSection[]) {
    this.#tokenizer = tokenizer;
    this.#text = text;
    this.#sections = sections;
  }

  at(position: number): number {
    if (position === this.#text.length) return Infinity;
    for (
      let section = this.#sections[this.#section];
      section !== undefined && section.end <= position;
      section = this.#sections[this.#section]
    ) {
      this.#length += this.#lengthOf(section.ids);
      this.#section++;
    }
    const section = this.#sections[this.#section];
    if (section === undefined || section.start === position) return this.#length;
    // A part of an added token is plain text, so it is encoded with what precedes it: a tokenizer
    // may put a mark before every text.
    const before = section.added ? this.#sections[this.#section - 1] : undefined;
    const { start } = before?.added === false ? before : section;
    const length = this.#length - (before?.added === false ? this.#lengthOf(before.ids) : 0);
    return (
      length +
      this.#lengthOf(idsOf(this.#tokenizer.encodeSections(this.#text.slice(0, position), start)))
    );
  }

  #lengthOf(ids: readonly number[]): number {
    let length = 0;
    for (const id of ids) length += this.#tokenizer.pieceLength(id);
    return length;
  }
}
