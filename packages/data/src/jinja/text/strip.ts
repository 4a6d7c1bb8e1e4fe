// str.strip, lstrip, rstrip, removeprefix and removesuffix: what is left keeps its origin.
import { textOperation } from './operation.js';
import { cut } from './join.js';
import { charactersOf, type Str } from './text.js';
import { isSpace } from './white-space.js';

export type Side = 'left' | 'right' | 'both';

/** `text` without the characters of `removed` (white space where undefined) at its ends. */
export const strip = textOperation((text: Str, side: Side, removed: Str | undefined): Str => {
  const characters = charactersOf(text);
  const isRemoved = removed === undefined ? isSpaceAt : isOneOf(charactersOf(removed));
  let [from, to] = [0, characters.length];
  if (side !== 'right')
    while (from < to) {
      const length = isRemoved(characters, from, to);
      if (length === 0) break;
      from += length;
    }
  if (side !== 'left')
    while (to > from) {
      const before = to - (isPair(characters, to, from) ? 2 : 1);
      if (isRemoved(characters, before, to) === 0) break;
      to = before;
    }
  return cut(text, from, to);
});

function isSpaceAt(characters: string, at: number): number {
  return isSpace(characters.charCodeAt(at)) ? 1 : 0;
}

/** Says how many units at a place are one of `removed`: 0, 1 or 2. */
function isOneOf(removed: string): (characters: string, at: number, end: number) => number {
  const points = new Set(removed);
  return (characters, at, end) => {
    const point = String.fromCodePoint(characters.codePointAt(at) ?? 0);
    return points.has(point) && at + point.length <= end ? point.length : 0;
  };
}

function isPair(characters: string, end: number, start: number): boolean {
  if (end - start < 2) return false;
  return (characters.codePointAt(end - 2) ?? 0) > 0xffff;
}

export const removePrefix = textOperation((text: Str, prefix: Str): Str => {
  const [characters, removed] = [charactersOf(text), charactersOf(prefix)];
  return cut(text, characters.startsWith(removed) ? removed.length : 0, characters.length);
});

export const removeSuffix = textOperation((text: Str, suffix: Str): Str => {
  const [characters, removed] = [charactersOf(text), charactersOf(suffix)];
  return cut(text, 0, characters.length - (characters.endsWith(removed) ? removed.length : 0));
});
