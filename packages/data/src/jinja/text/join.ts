// The operations that all others are made of: texts one after the other, a part of a text, and a
// text made anew from others, which keeps only what they have in common.
import { commonMark, commonOrigin, continues, originAt } from './origins.js';
import { charactersOf, segmentsOf, Text, textOf, type Segment, type Str } from './text.js';
import { textOperation, type Chunk, type Recording } from './operation.js';

/** Adds a segment, as part of the last one where it continues it. */
export function addSegment(segments: Segment[], segment: Segment): void {
  if (segment.text === '') return;
  const last = segments.at(-1);
  if (
    last !== undefined &&
    last.mark === segment.mark &&
    continues(last.origin, last.text.length, segment.origin)
  )
    segments[segments.length - 1] = {
      text: last.text + segment.text,
      origin: last.origin,
      mark: last.mark,
    };
  else segments.push(segment);
}

/** Texts one after the other. */
export function joinTexts(parts: readonly Str[]): Str {
  if (parts.every((part) => typeof part === 'string')) return parts.join('');
  const segments: Segment[] = [];
  for (const part of parts) {
    if (typeof part === 'string')
      addSegment(segments, { text: part, origin: undefined, mark: undefined });
    else if (part.segments === undefined) addSegment(segments, part);
    else for (const segment of part.segments) addSegment(segments, segment);
  }
  return textOf(segments);
}

/** Texts one after the other. */
export function concat(run: Recording, parts: readonly Str[]): Str {
  return run.recorder === undefined ? joinTexts(parts) : run.recorder.join(parts);
}

/** What was written, with origins and marks where there are none. */
export function fillChunks(chunks: readonly Chunk[]): Str {
  const segments: Segment[] = [];
  for (const { text, filled } of chunks) {
    if (typeof text === 'string') addSegment(segments, { text, ...filled });
    else for (const segment of text.segments ?? [text]) addSegment(segments, fill(segment, filled));
  }
  return textOf(segments);
}

/** The segment with origin and mark where it has none. */
export function fill(segment: Segment, filled: Chunk['filled']): Segment {
  const origin = segment.origin ?? filled.origin;
  const mark = segment.mark ?? filled.mark;
  if (origin === segment.origin && mark === segment.mark) return segment;
  return { text: segment.text, origin, mark };
}

/** The characters from `from` to `to`, as `String.slice` counts. */
export function cut(text: Str, from: number, to: number): Str {
  if (typeof text === 'string') return text.slice(from, to);
  if (from === 0 && to >= text.text.length)
    return text.markup ? new Text(text.text, text.origin, text.mark, text.segments) : text;
  if (from >= to) return '';
  if (text.segments === undefined)
    return new Text(text.text.slice(from, to), originAt(text.origin, from), text.mark);
  const parts: Segment[] = [];
  let at = 0;
  for (const { text: characters, origin, mark } of text.segments) {
    const end = at + characters.length;
    if (end > from && at < to) {
      const first = Math.max(from - at, 0);
      parts.push({
        text: characters.slice(first, to - at),
        origin: originAt(origin, first),
        mark,
      });
    }
    at = end;
  }
  return textOf(parts);
}

/** Characters made from those of `sources`: source and key are kept where all have the same. */
export function blend(characters: string, ...sources: readonly Str[]): Str {
  if (characters === '' || sources.every((source) => typeof source === 'string')) return characters;
  const segments = sources.flatMap(segmentsOf);
  const origin = commonOrigin(segments);
  const mark = commonMark(segments);
  return origin === undefined && mark === undefined
    ? characters
    : new Text(characters, origin, mark);
}

/** An operation on one text that makes its characters anew. */
export function remade(text: Str, change: (characters: string) => string): Str {
  return blend(change(charactersOf(text)), text);
}

/** One piece of the same characters, which has what `text` and `from` have in common. */
export const recast = textOperation((text: Str, from: Str): Str =>
  blend(charactersOf(text), text, from),
);
