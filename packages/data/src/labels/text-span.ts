// Parts of a text.

/** Characters `start` (included) to `end` (excluded) of a text. */
export interface TextSpan {
  readonly start: number;
  readonly end: number;
}

/** What of `spans` lies outside of `others`. All ascend; spans that become empty are left out. */
export function without(spans: readonly TextSpan[], others: readonly TextSpan[]): TextSpan[] {
  return spans.flatMap((span) => {
    const kept: TextSpan[] = [];
    let { start } = span;
    for (const other of others) {
      if (other.end <= start || other.start >= span.end) continue;
      if (other.start > start) kept.push({ start, end: other.start });
      start = Math.max(start, other.end);
    }
    if (start < span.end) kept.push({ start, end: span.end });
    return kept;
  });
}

/** The same characters in as few spans as can be. `spans` ascend; empty ones are left out. */
export function joinedSpans(spans: readonly TextSpan[]): TextSpan[] {
  const joined: TextSpan[] = [];
  for (const span of spans) {
    const last = joined.at(-1);
    if (span.end <= span.start) continue;
    if (last !== undefined && span.start <= last.end)
      joined.splice(-1, 1, { start: last.start, end: Math.max(last.end, span.end) });
    else joined.push(span);
  }
  return joined;
}

/** The length of what both texts begin with. */
export function commonLength(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  let at = 0;
  while (at < length && one.charCodeAt(at) === other.charCodeAt(at)) at++;
  return at;
}
