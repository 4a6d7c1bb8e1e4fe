// Parts of a text by index, in code points as Python counts: each keeps its origin.
import { countPoints, isFlat, unitOf } from './code-points.js';
import { cut, joinTexts } from './join.js';
import { textOperation } from './operation.js';
import { charactersOf, type Str } from './text.js';
import { sliceIndices } from './slice-indices.js';

/** The code point at an index that exists; negative ones count from the end. */
export const pointAt = textOperation((text: Str, index: number): Str => {
  const characters = charactersOf(text);
  const from = unitOf(characters, index < 0 ? index + countPoints(characters) : index);
  return cut(text, from, from + String.fromCodePoint(characters.codePointAt(from) ?? 0).length);
});

/** `text[start:stop:step]`. */
export const slice = textOperation(
  (text: Str, start: number | undefined, stop: number | undefined, step: number): Str => {
    const characters = charactersOf(text);
    const length = countPoints(characters);
    const { first, count, last } = sliceIndices(length, start, stop, step);
    if (step === 1) return cut(text, unitOf(characters, first), unitOf(characters, last));
    const units = isFlat(characters) ? undefined : unitsOf(characters);
    const parts: Str[] = [];
    for (let i = 0; i < count; i++) {
      const at = first + i * step;
      parts.push(cut(text, units?.[at] ?? at, units?.[at + 1] ?? at + 1));
    }
    return joinTexts(parts);
  },
);

/** Where each code point begins, and the end. */
function unitsOf(characters: string): number[] {
  const units: number[] = [];
  let at = 0;
  for (const character of characters) {
    units.push(at);
    at += character.length;
  }
  return [...units, at];
}
