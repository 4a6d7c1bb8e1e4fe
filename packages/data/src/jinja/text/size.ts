// Sizes of texts for limits only: they are read without being asked for, so that a trace does not
// depend on them. Nothing of them may show in a result.
import { countOccurrences } from './replace.js';
import { charactersOf, type Str } from './text.js';
import { isLineEnd } from './white-space.js';

/** UTF-16 units. */
export function textLength(text: Str): number {
  return typeof text === 'string' ? text.length : text.text.length;
}

export function occurrencesIn(text: Str, sought: Str): number {
  return countOccurrences(charactersOf(text), charactersOf(sought));
}

/** At least as many as there are. */
export function linesIn(text: Str): number {
  const characters = charactersOf(text);
  let lines = 1;
  for (let at = 0; at < characters.length; at++) if (isLineEnd(characters.charCodeAt(at))) lines++;
  return lines;
}
