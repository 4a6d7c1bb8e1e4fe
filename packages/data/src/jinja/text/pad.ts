// Operations that add around a text or repeat it. The text keeps its origin.
import { countPoints } from './code-points.js';
import { cut, joinTexts } from './join.js';
import { textOperation } from './operation.js';
import { charactersOf, type Str } from './text.js';

/** str.ljust, rjust and center: `alignment` says where the text stands in `width` code points. */
export const justify = textOperation(
  (text: Str, width: number, filling: Str, alignment: 'left' | 'right' | 'center'): Str => {
    const padding = width - countPoints(charactersOf(text));
    if (padding <= 0) return cut(text, 0, charactersOf(text).length);
    const left = leftPadding(padding, width, alignment);
    const one = charactersOf(filling);
    return joinTexts([one.repeat(left), text, one.repeat(padding - left)]);
  },
);

function leftPadding(
  padding: number,
  width: number,
  alignment: 'left' | 'right' | 'center',
): number {
  if (alignment === 'left') return 0;
  if (alignment === 'right') return padding;
  return Math.floor(padding / 2) + (padding & width & 1);
}

/** str.zfill: zeros behind the sign. */
export const fillZeros = textOperation((text: Str, width: number): Str => {
  const characters = charactersOf(text);
  const zeros = '0'.repeat(Math.max(width - countPoints(characters), 0));
  const sign = /^[+-]/.test(characters) ? 1 : 0;
  return joinTexts([cut(text, 0, sign), zeros, cut(text, sign, characters.length)]);
});

export const repeat = textOperation((text: Str, times: number): Str => {
  if (typeof text === 'string') return text.repeat(Math.max(times, 0));
  return joinTexts(Array.from({ length: Math.max(times, 0) }, () => text));
});

export const joinWith = textOperation((separator: Str, parts: readonly Str[]): Str => {
  const all: Str[] = [];
  for (const [i, part] of parts.entries()) {
    if (i > 0 && separator !== '') all.push(separator);
    all.push(part);
  }
  return joinTexts(all);
});
