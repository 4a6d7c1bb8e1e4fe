// str.replace, str.translate and str.expandtabs: what is not replaced keeps its origin, what comes
// in its place keeps source and key of what was there.
import { blend, cut, joinTexts } from './join.js';
import { textOperation } from './operation.js';
import { pointLength } from './code-points.js';
import { charactersOf, type Str } from './text.js';

/** `text` with `count` occurrences of `old` replaced; all of them where `count` is negative. */
export const replace = textOperation((text: Str, old: Str, fresh: Str, count: number): Str => {
  const [characters, sought] = [charactersOf(text), charactersOf(old)];
  if (sought === '') return insertBetween(text, fresh, count);
  const parts: Str[] = [];
  let from = 0;
  for (let left = count; left !== 0; left--) {
    const at = characters.indexOf(sought, from);
    if (at < 0) break;
    const end = at + sought.length;
    parts.push(cut(text, from, at), blend(charactersOf(fresh), cut(text, at, end), fresh));
    from = end;
  }
  if (from === 0) return cut(text, 0, characters.length);
  parts.push(cut(text, from, characters.length));
  return joinTexts(parts);
});

/** As Python replaces the empty text: before each character and at the end. */
function insertBetween(text: Str, fresh: Str, count: number): Str {
  const characters = charactersOf(text);
  const inserted = blend(charactersOf(fresh), text, fresh);
  const parts: Str[] = [];
  let at = 0;
  for (let left = count; left !== 0; left--) {
    parts.push(inserted);
    if (at >= characters.length) break;
    const end = at + pointLength(characters, at);
    parts.push(cut(text, at, end));
    at = end;
  }
  parts.push(cut(text, at, characters.length));
  return joinTexts(parts);
}

/** How often `sought` occurs without overlap between two places. */
export function countOccurrences(characters: string, sought: string): number {
  if (sought === '') return [...characters].length + 1;
  let count = 0;
  for (let at = characters.indexOf(sought); at >= 0; count++)
    at = characters.indexOf(sought, at + sought.length);
  return count;
}

/** `text` with tabs as spaces, columns counted from the last line end. */
export const expandTabs = textOperation((text: Str, size: number): Str => {
  const parts: Str[] = [];
  const characters = charactersOf(text);
  let from = 0;
  let column = 0;
  for (let at = 0; at < characters.length; at += pointLength(characters, at)) {
    const character = characters[at];
    if (character === '\n' || character === '\r') column = 0;
    else if (character !== '\t') column++;
    else {
      const width = size > 0 ? size - (column % size) : 0;
      parts.push(cut(text, from, at), blend(' '.repeat(width), cut(text, at, at + 1)));
      column += width;
      from = at + 1;
    }
  }
  parts.push(cut(text, from, characters.length));
  return joinTexts(parts);
});
