// Arithmetic of origins: of a part of a text, of a text made from several, and whether two pieces
// that stand side by side are one.
import type { Generation, Origin, Segment } from './text.js';

/** The origin of what begins `offset` characters into a segment. */
export function originAt(origin: Origin | undefined, offset: number): Origin | undefined {
  if (origin?.start === undefined || offset === 0) return origin;
  return { ...origin, start: origin.start + offset };
}

/** Whether what follows `length` characters of `one` continues it. */
export function continues(
  one: Origin | undefined,
  length: number,
  other: Origin | undefined,
): boolean {
  if (one === undefined || other === undefined) return one === other;
  return (
    one.source === other.source &&
    one.key === other.key &&
    (one.start === undefined ? other.start === undefined : one.start + length === other.start)
  );
}

/** What the origins of all segments have in common; characters are no longer those of a key. */
export function commonOrigin(segments: Iterable<Segment>): Origin | undefined {
  let common: Origin | undefined;
  for (const { origin } of segments) {
    if (origin === undefined) continue;
    if (common === undefined) common = withoutStart(origin);
    else if (common.source !== origin.source) return undefined;
    else if (common.key !== origin.key)
      common = withKey(common.source, commonPath(common.key, origin.key));
  }
  return common;
}

/** The generation block that wrote all segments. */
export function commonMark(segments: Iterable<Segment>): Generation | undefined {
  let common: Generation | undefined;
  let first = true;
  for (const { mark } of segments) {
    if (!first && mark !== common) return undefined;
    common = mark;
    first = false;
  }
  return common;
}

function withoutStart(origin: Origin): Origin {
  return origin.start === undefined ? origin : withKey(origin.source, origin.key);
}

function withKey(source: number, key: string | undefined): Origin {
  return key === undefined ? { source } : { source, key };
}

/** The path that both paths begin with. */
function commonPath(one: string | undefined, other: string | undefined): string | undefined {
  const [a, b] = [one?.split('.') ?? [], other?.split('.') ?? []];
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length === 0 ? undefined : a.slice(0, length).join('.');
}
