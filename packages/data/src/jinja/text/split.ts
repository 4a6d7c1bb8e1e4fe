// str.split, rsplit, splitlines, partition, rpartition, and the characters of a text: every part
// keeps its origin.
import { textOperation } from './operation.js';
import { cut } from './join.js';
import { pointLength } from './code-points.js';
import { charactersOf, type Str } from './text.js';
import { isLineEnd, isSpace } from './white-space.js';

/** Parts between separators; `maximum` splits from the left where it is not negative. */
export const splitAt = textOperation((text: Str, separator: Str, maximum: number): Str[] => {
  const [characters, between] = [charactersOf(text), charactersOf(separator)];
  const parts: Str[] = [];
  let from = 0;
  for (let left = maximum; left !== 0; left--) {
    const at = characters.indexOf(between, from);
    if (at < 0) break;
    parts.push(cut(text, from, at));
    from = at + between.length;
  }
  parts.push(cut(text, from, characters.length));
  return parts;
});

/** The same from the right. */
export const splitAtRight = textOperation((text: Str, separator: Str, maximum: number): Str[] => {
  const [characters, between] = [charactersOf(text), charactersOf(separator)];
  const parts: Str[] = [];
  let to = characters.length;
  for (let left = maximum; left !== 0; left--) {
    const at = to < between.length ? -1 : characters.lastIndexOf(between, to - between.length);
    if (at < 0) break;
    parts.push(cut(text, at + between.length, to));
    to = at;
  }
  parts.push(cut(text, 0, to));
  return parts.reverse();
});

/** Words between white space. */
export const splitWords = textOperation((text: Str, maximum: number): Str[] => {
  const characters = charactersOf(text);
  const parts: Str[] = [];
  let from = skipSpace(characters, 0);
  for (let left = maximum; from < characters.length; left--) {
    let to = left === 0 ? characters.length : from;
    while (to < characters.length && !isSpace(characters.charCodeAt(to))) to++;
    parts.push(cut(text, from, to));
    from = skipSpace(characters, to);
  }
  return parts;
});

/** The same from the right. */
export const splitWordsRight = textOperation((text: Str, maximum: number): Str[] => {
  const characters = charactersOf(text);
  const parts: Str[] = [];
  let to = skipSpaceLeft(characters, characters.length);
  for (let left = maximum; to > 0; left--) {
    let from = left === 0 ? 0 : to;
    while (from > 0 && !isSpace(characters.charCodeAt(from - 1))) from--;
    parts.push(cut(text, from, to));
    to = skipSpaceLeft(characters, from);
  }
  return parts.reverse();
});

function skipSpace(characters: string, from: number): number {
  let at = from;
  while (at < characters.length && isSpace(characters.charCodeAt(at))) at++;
  return at;
}

function skipSpaceLeft(characters: string, from: number): number {
  let at = from;
  while (at > 0 && isSpace(characters.charCodeAt(at - 1))) at--;
  return at;
}

export const splitLines = textOperation((text: Str, keepEnds: boolean): Str[] => {
  const characters = charactersOf(text);
  const parts: Str[] = [];
  let from = 0;
  while (from < characters.length) {
    let end = from;
    while (end < characters.length && !isLineEnd(characters.charCodeAt(end))) end++;
    const isPair = characters.charCodeAt(end) === 13 && characters.charCodeAt(end + 1) === 10;
    const next = Math.min(end + (isPair ? 2 : 1), characters.length);
    parts.push(cut(text, from, keepEnds ? next : end));
    from = next;
  }
  return parts;
});

/** What lies before the separator, the separator, and what lies behind it. */
export const partition = textOperation((text: Str, separator: Str, fromRight: boolean): Str[] => {
  const [characters, between] = [charactersOf(text), charactersOf(separator)];
  const at = fromRight ? characters.lastIndexOf(between) : characters.indexOf(between);
  if (at < 0) return fromRight ? ['', '', text] : [text, '', ''];
  const end = at + between.length;
  return [cut(text, 0, at), cut(text, at, end), cut(text, end, characters.length)];
});

/** The code points of a text. */
export const characters = textOperation((text: Str): Str[] => {
  const all = charactersOf(text);
  const parts: Str[] = [];
  for (let at = 0; at < all.length;) {
    const end = at + pointLength(all, at);
    parts.push(cut(text, at, end));
    at = end;
  }
  return parts;
});
