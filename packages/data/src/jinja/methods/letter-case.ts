// str.islower, isupper and istitle: cased characters decide, and there must be one.
import { question } from '../text/operation.js';
import { charactersOf, type Str } from '../text/text.js';

const LOWER = /\p{Lowercase}/u;
const UPPER_OR_TITLE = /[\p{Uppercase}\p{Lt}]/u;
const UPPER = /\p{Uppercase}/u;
const LOWER_OR_TITLE = /[\p{Lowercase}\p{Lt}]/u;

export const isLowerText = question((text: Str): boolean => {
  const all = charactersOf(text);
  return LOWER.test(all) && !UPPER_OR_TITLE.test(all);
});

export const isUpperText = question((text: Str): boolean => {
  const all = charactersOf(text);
  return UPPER.test(all) && !LOWER_OR_TITLE.test(all);
});

/** Capitals begin words, small letters go on. */
export const isTitleText = question((text: Str): boolean => {
  let [within, cased] = [false, false];
  for (const character of charactersOf(text)) {
    const isCapital = UPPER_OR_TITLE.test(character);
    if (isCapital ? within : !within && LOWER.test(character)) return false;
    within = isCapital || LOWER.test(character);
    cased ||= within;
  }
  return cased;
});
