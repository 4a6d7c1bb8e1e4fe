// A character class of Oniguruma ([...], nested, with &&, [:name:] and escapes) in JavaScript's `v`
// mode.
import { bracketSet } from './character-sets.js';
import { folded } from './case-folding.js';
import { readEscape, written, type Escape } from './pattern-escape.js';
import type { PatternReader } from './pattern-reader.js';
import { UnsupportedPattern } from './unsupported-pattern.js';

/** Reads behind the opening bracket, to the closing one. Errors: `UnsupportedPattern`. */
export function readClass(reader: PatternReader, ignoreCase: boolean): string {
  reader.enter();
  const complement = reader.take('^');
  if (reader.peek() === ']') throw new UnsupportedPattern('a class that begins with "]"');
  const operands: string[] = [];
  let members = '';
  while (!reader.take(']')) {
    if (reader.done) throw new UnsupportedPattern('a class without its end');
    if (reader.take('&&')) {
      operands.push(members);
      members = '';
    } else members += readMember(reader, ignoreCase);
  }
  reader.leave();
  const all =
    operands.length === 0 ? members : [...operands, members].map((one) => `[${one}]`).join('&&');
  return `[${complement ? '^' : ''}${all}]`;
}

function readMember(reader: PatternReader, ignoreCase: boolean): string {
  const name = reader.takeMatch(/\[:(\^?[A-Za-z]+):\]/y)?.[1];
  const inner = name === undefined ? undefined : bracketSet(name);
  if (inner !== undefined) return set(inner, ignoreCase);
  if (reader.take('[')) return readClass(reader, ignoreCase);
  const first = readOne(reader);
  if (first.members !== undefined) return set(first.members, ignoreCase);
  const isRange = reader.peek() === '-' && reader.peek(1) !== ']' && reader.peek(1) !== '[';
  if (!isRange) return single(first.character, ignoreCase);
  reader.next();
  const last = readOne(reader);
  if (last.members !== undefined)
    return single(first.character, ignoreCase) + written('-') + set(last.members, ignoreCase);
  if (first.character.codePointAt(0)! > last.character.codePointAt(0)!)
    throw new UnsupportedPattern(`the empty range ${first.character}-${last.character}`);
  return ignoreCase
    ? foldedRange(first.character, last.character)
    : `${written(first.character)}-${written(last.character)}`;
}

const readOne = (reader: PatternReader): Escape =>
  reader.take('\\') ? readEscape(reader) : { character: reader.next() };

function set(members: string, ignoreCase: boolean): string {
  if (ignoreCase) throw new UnsupportedPattern('a set of characters without regard to case');
  return members;
}

const single = (character: string, ignoreCase: boolean): string =>
  (ignoreCase ? folded(character) : [character]).map(written).join('');

function foldedRange(first: string, last: string): string {
  const [from, to] = [first.codePointAt(0)!, last.codePointAt(0)!];
  let members = '';
  for (let code = from; code <= to; code++) members += single(String.fromCodePoint(code), true);
  return members;
}
