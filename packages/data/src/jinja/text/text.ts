// A text that knows where its characters come from. Python's `str` is either a plain string, of
// which nothing is known, or a Text: a string in segments, each with an origin and the
// `{% generation %}` block that wrote it. Both are immutable. Only text operations read characters
// (operation.ts): what reads them elsewhere would escape a trace.

/** Where characters come from. */
export interface Origin {
  /** The tracked value, by the number that the caller gave it. */
  readonly source: number;
  /** The path of the text within that value: keys and indices with dots between them. */
  readonly key?: string;
  /**
   * Where the characters begin in the text of that key, as `String.slice` counts. Present only when
   * they are exactly those of the key.
   */
  readonly start?: number;
}

/** One run of a `{% generation %}` block. */
export interface Generation {
  /** The source of the loop turn that it ran in. */
  readonly source: number | undefined;
}

/** Characters of one origin. */
export interface Segment {
  readonly text: string;
  readonly origin: Origin | undefined;
  readonly mark: Generation | undefined;
}

/** Python's `str`. */
export type Str = string | Text;

/** A text of one segment, which is the text itself, or of several. */
export class Text implements Segment {
  readonly text: string;
  readonly origin: Origin | undefined;
  readonly mark: Generation | undefined;
  /** Undefined where the text is one segment. */
  readonly segments: readonly Segment[] | undefined;
  /** Whether it is a `Markup` of markupsafe. */
  readonly markup: boolean;

  constructor(
    text: string,
    origin?: Origin,
    mark?: Generation,
    segments?: readonly Segment[],
    markup = false,
  ) {
    this.text = text;
    this.origin = origin;
    this.mark = mark;
    this.segments = segments;
    this.markup = markup;
  }
}

export function isStr(value: unknown): value is Str {
  return typeof value === 'string' || value instanceof Text;
}

export function isMarkup(value: unknown): value is Text {
  return value instanceof Text && value.markup;
}

/** The characters. For text operations only. */
export function charactersOf(text: Str): string {
  return typeof text === 'string' ? text : text.text;
}

export function segmentsOf(text: Str): readonly Segment[] {
  if (typeof text !== 'string') return text.segments ?? [text];
  return text === '' ? [] : [{ text, origin: undefined, mark: undefined }];
}

/** A text of these segments. */
export function textOf(segments: readonly Segment[]): Str {
  const first = segments[0];
  if (first === undefined) return '';
  if (segments.length === 1)
    return first.origin === undefined && first.mark === undefined
      ? first.text
      : new Text(first.text, first.origin, first.mark);
  let text = '';
  for (const segment of segments) text += segment.text;
  return new Text(text, undefined, undefined, segments);
}

/** The same characters as a text that is, or is not, Markup. */
export function withMarkup(text: Str, markup: boolean): Str {
  if (typeof text === 'string')
    return markup ? new Text(text, undefined, undefined, undefined, true) : text;
  if (text.markup === markup) return text;
  return new Text(text.text, text.origin, text.mark, text.segments, markup);
}
