// Operations that change the case of letters: source and key are kept, characters are not.
import { remade } from './join.js';
import { foldOf, lowerOf, titleOf, WordState } from './letters.js';
import { textOperation } from './operation.js';
import type { Str } from './text.js';

export const upper = textOperation((text: Str): Str => remade(text, (all) => all.toUpperCase()));

export const lower = textOperation((text: Str): Str => remade(text, (all) => all.toLowerCase()));

export const casefold = textOperation((text: Str): Str =>
  remade(text, (all) => mapped(all, foldOf)),
);

export const swapcase = textOperation((text: Str): Str =>
  remade(text, (all) =>
    mapped(all, (character, at, word) => {
      if (UPPER.test(character)) return lowerOf(all, at, character, word);
      return LOWER.test(character) ? character.toUpperCase() : character;
    }),
  ),
);

export const capitalize = textOperation((text: Str): Str =>
  remade(text, (all) =>
    mapped(all, (character, at, word) =>
      at === 0 ? titleOf(character) : lowerOf(all, at, character, word),
    ),
  ),
);

/** str.title: words are runs of cased characters. */
export const title = textOperation((text: Str): Str =>
  remade(text, (all) => {
    let within = false;
    return mapped(all, (character, at, word) => {
      const changed = within ? lowerOf(all, at, character, word) : titleOf(character);
      within = CASED.test(character);
      return changed;
    });
  }),
);

/** Jinja's filter `title`: words begin after white space, hyphens and opening brackets. */
export const titleWords = textOperation((text: Str): Str =>
  remade(text, (all) =>
    all.replace(WORD, (word) => {
      const [first = ''] = word;
      return first.toUpperCase() + word.slice(first.length).toLowerCase();
    }),
  ),
);

const UPPER = /\p{Uppercase}/u;
const LOWER = /\p{Lowercase}/u;
const CASED = /[\p{Uppercase}\p{Lowercase}\p{Lt}]/u;
const WORD = /[^-\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000({[<]+/gu;

function mapped(
  all: string,
  change: (character: string, at: number, word: WordState) => string,
): string {
  const word = new WordState();
  let [at, changed] = [0, ''];
  for (const character of all) {
    changed += change(character, at, word);
    word.pass(character);
    at += character.length;
  }
  return changed;
}
