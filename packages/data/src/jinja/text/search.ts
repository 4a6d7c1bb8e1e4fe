// Questions about texts: what they are, what they contain, where. In a trace each answer is a
// condition.
import { comparePoints, countPoints, isFlat, pointOf, unitOf } from './code-points.js';
import { question } from './operation.js';
import { countOccurrences } from './replace.js';
import { charactersOf, type Str } from './text.js';

/** All characters of a text. In a trace it then holds for this very text only. */
export const read = question((text: Str): string => charactersOf(text));

export const isEmpty = question((text: Str): boolean => charactersOf(text) === '');

/** Code points. */
export const lengthOf = question((text: Str): number => countPoints(charactersOf(text)));

export const isEqual = question(
  (one: Str, other: Str): boolean => charactersOf(one) === charactersOf(other),
);

/** Negative, 0 or positive, by code points. */
export const compare = question((one: Str, other: Str): number =>
  Math.sign(comparePoints(charactersOf(one), charactersOf(other))),
);

export const contains = question((text: Str, sought: Str): boolean =>
  charactersOf(text).includes(charactersOf(sought)),
);

/** Whether there is a code point at `index`; negative ones count from the end. */
export const hasIndex = question((text: Str, index: number): boolean => {
  const length = countPoints(charactersOf(text));
  return index < length && index >= -length;
});

/** A part of a text in code points, as `str.find(text, start, end)` bounds it. */
export interface Bounds {
  readonly start: number | undefined;
  readonly end: number | undefined;
}

/** The bounded part in units; undefined where the start lies behind the end of the text. */
function bounded(
  characters: string,
  { start = 0, end = Infinity }: Bounds,
): { readonly from: number; readonly to: number } | undefined {
  const length = countPoints(characters);
  const first = start < 0 ? Math.max(start + length, 0) : start;
  const last = end < 0 ? Math.max(end + length, 0) : Math.min(end, length);
  if (first > last) return undefined;
  return { from: unitOf(characters, first), to: unitOf(characters, last) };
}

/** Where `sought` is found, in code points; -1 where it is not. */
export const find = question(
  (text: Str, sought: Str, start: Bounds['start'], end: Bounds['end'], fromRight: boolean) => {
    const characters = charactersOf(text);
    const bounds = bounded(characters, { start, end });
    if (bounds === undefined) return -1;
    const part = characters.slice(bounds.from, bounds.to);
    const wanted = charactersOf(sought);
    const at = fromRight ? part.lastIndexOf(wanted) : part.indexOf(wanted);
    return at < 0 ? -1 : pointOf(characters, bounds.from + at);
  },
);

/** How often `sought` occurs without overlap. */
export const countOf = question(
  (text: Str, sought: Str, start: Bounds['start'], end: Bounds['end']): number => {
    const characters = charactersOf(text);
    const bounds = bounded(characters, { start, end });
    if (bounds === undefined) return 0;
    return countOccurrences(characters.slice(bounds.from, bounds.to), charactersOf(sought));
  },
);

export const startsWith = question(
  (text: Str, sought: Str, start: Bounds['start'], end: Bounds['end']): boolean => {
    const characters = charactersOf(text);
    if (start === undefined && end === undefined)
      return characters.startsWith(charactersOf(sought));
    const bounds = bounded(characters, { start, end });
    if (bounds === undefined) return false;
    return characters.slice(bounds.from, bounds.to).startsWith(charactersOf(sought));
  },
);

export const endsWith = question(
  (text: Str, sought: Str, start: Bounds['start'], end: Bounds['end']): boolean => {
    const characters = charactersOf(text);
    if (start === undefined && end === undefined) return characters.endsWith(charactersOf(sought));
    const bounds = bounded(characters, { start, end });
    if (bounds === undefined) return false;
    return characters.slice(bounds.from, bounds.to).endsWith(charactersOf(sought));
  },
);

/** Whether every code point is ASCII. */
export const isAscii = question((text: Str): boolean => {
  const characters = charactersOf(text);
  return isFlat(characters) && !/[^\u0000-\u007f]/.test(characters);
});

/** Whether all or some of a text matches. */
export const matches = question((text: Str, pattern: RegExp): boolean =>
  pattern.test(charactersOf(text)),
);
