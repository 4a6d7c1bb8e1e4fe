// Tokenises a text of which only some spans are trained, and says for each token whether it is.
// Added tokens cut the text into sections, and most are trained as a whole or not at all. Within
// one the tokenizer gives no character offsets, so positions are found by length: the tokens of the
// section up to a position are, in bytes of vocabulary, as long as the tokens of the whole section
// up to there, however the tokens were merged.
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
  const inputIds: number[] = [];
  const labels: number[] = [];
  let next = 0;
  for (const section of sections) {
    let span = spans[next];
    while (span !== undefined && span.end <= section.start) span = spans[++next];
    for (const id of section.ids) inputIds.push(id);
    if (span === undefined || span.start >= section.end)
      for (let i = 0; i < section.ids.length; i++) labels.push(IGNORE_INDEX);
    else if (section.added || (span.start <= section.start && span.end >= section.end))
      for (const id of section.ids) labels.push(id);
    else labelSection(tokenizer, text, section, spans.slice(next), labels);
  }
  return { inputIds, labels };
}

/** Appends labels of a section that is trained in part. `spans`: those that may reach into it. */
function labelSection(
  tokenizer: Tokenizer,
  text: string,
  { start, end, ids }: EncodedSection,
  spans: readonly TextSpan[],
  labels: number[],
): void {
  const lengthAt = (position: number): number => {
    if (position <= start) return 0;
    return lengthOf(tokenizer, idsOf(tokenizer.encodeSections(text.slice(0, position), start)));
  };
  const ranges = spans
    .filter((span) => span.start < end)
    .map((span) => ({
      start: lengthAt(span.start),
      end: span.end < end ? lengthAt(span.end) : undefined,
    }));
  let [i, position] = [0, 0];
  for (const range of ranges) {
    // A token that reaches over the end of one range may begin the next one.
    for (let id = ids[i]; id !== undefined; id = ids[i]) {
      const behind = position + tokenizer.pieceLength(id);
      if (range.start < behind) break;
      labels.push(IGNORE_INDEX);
      position = behind;
      i++;
    }
    for (let id = ids[i]; id !== undefined; id = ids[i]) {
      if (range.end !== undefined) {
        if (range.end <= position) break;
        position += tokenizer.pieceLength(id);
      }
      labels.push(id);
      i++;
    }
  }
  for (; i < ids.length; i++) labels.push(IGNORE_INDEX);
}

/** In vocabulary bytes. */
function lengthOf(tokenizer: Tokenizer, ids: readonly number[]): number {
  let length = 0;
  for (const id of ids) length += tokenizer.pieceLength(id);
  return length;
}
