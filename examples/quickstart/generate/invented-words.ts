/**
 * Invented names and words ("Tarimo", "velosk"). The pretraining corpus is full of them, so that
 * the base model learns to copy a word it has never seen, which is what a user's own names need.
 */
import type { Random } from './random.js';

const starts = [
  'b',
  'br',
  'c',
  'ch',
  'd',
  'dr',
  'f',
  'g',
  'gr',
  'h',
  'j',
  'k',
  'kl',
  'l',
  'm',
  'n',
  'p',
  'pr',
  'r',
  's',
  'sh',
  'st',
  't',
  'tr',
  'v',
  'w',
  'z',
  '',
];
const vowels = ['a', 'e', 'i', 'o', 'u', 'ai', 'ea', 'io', 'ou', 'ee'];
const ends = ['', '', '', 'n', 'r', 's', 'l', 'm', 'nd', 'rt', 'sk', 't', 'x', 'ck'];

/** A lower-case word of two or three syllables. */
export function inventedWord(random: Random): string {
  const syllables = random.integer(2, 3);
  let word = '';
  for (let i = 0; i < syllables; i += 1)
    word +=
      random.pick(starts) + random.pick(vowels) + (i === syllables - 1 ? random.pick(ends) : '');
  return word;
}

/** The same with a capital: a person or a place. */
export function inventedName(random: Random): string {
  const word = inventedWord(random);
  return word.charAt(0).toUpperCase() + word.slice(1);
}
