// A backslash and what follows it in an Oniguruma pattern: one character or a set.
import { escapedSet, namedSet } from './character-sets.js';
import type { PatternReader } from './pattern-reader.js';
import { UnsupportedPattern } from './unsupported-pattern.js';

/** One character, or members of a class. */
export type Escape =
  | { readonly character: string; readonly members?: undefined }
  | { readonly character?: undefined; readonly members: string };

const CONTROLS: Readonly<Record<string, string>> = {
  t: '\t',
  n: '\n',
  r: '\r',
  f: '\f',
  v: '\v',
  a: '\u0007',
  e: '\u001b',
};

/** Reads behind the backslash. Errors: `UnsupportedPattern` naming it. */
export function readEscape(reader: PatternReader): Escape {
  const code =
    reader.takeMatch(/x\{([0-9A-Fa-f]{1,6})\}/y)?.[1] ??
    reader.takeMatch(/x([0-9A-Fa-f]{2})/y)?.[1] ??
    reader.takeMatch(/u([0-9A-Fa-f]{4})/y)?.[1];
  if (code !== undefined) return { character: String.fromCodePoint(Number.parseInt(code, 16)) };
  const property = reader.takeMatch(/([pP])\{([^}]*)\}/y);
  if (property !== undefined) return { members: namedSet(property[2]!, property[1] === 'P') };
  const letter = reader.next();
  const control = CONTROLS[letter];
  if (control !== undefined) return { character: control };
  const members = escapedSet(letter);
  if (members !== undefined) return { members };
  if (letter === '0' && !/[0-7]/.test(reader.peek())) return { character: '\0' };
  if (letter === '' || /[A-Za-z0-9]/.test(letter)) throw new UnsupportedPattern(`\\${letter}`);
  return { character: letter };
}

/** `character` as it is written in a pattern or class of `v` mode. */
export const written = (character: string): string =>
  /[A-Za-z0-9]/.test(character) ? character : `\\u{${character.codePointAt(0)!.toString(16)}}`;
