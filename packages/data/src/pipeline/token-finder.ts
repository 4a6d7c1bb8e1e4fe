// Finds added tokens in a text: at the first place where one begins, the longest; what is found
// does not overlap. Settings of a token then take white space beside it, or drop the match.
import { SPACES, WORD_CHARACTERS } from '../patterns/known-sets.js';
import type { AddedTokenSettings } from './added-token.js';

export interface FoundToken {
  readonly id: number;
  /** With the white space that the token takes; an earlier token may have taken it already. */
  readonly start: number;
  readonly end: number;
}

export interface Sought extends Pick<AddedTokenSettings, 'lstrip' | 'rstrip' | 'singleWord'> {
  readonly id: number;
  /** What is looked for. */
  readonly text: string;
}

interface Node {
  readonly next: Map<number, Node>;
  token?: Sought;
}

const ENDS_WITH_WORD = new RegExp(`[${WORD_CHARACTERS}]$`, 'v');
const STARTS_WITH_WORD = new RegExp(`^[${WORD_CHARACTERS}]`, 'v');
const SPACE = new RegExp(`[${SPACES}]`, 'v');

export class TokenFinder {
  readonly #root: Node = { next: new Map() };
  /** A place where a token may begin. */
  readonly #beginning: RegExp;

  constructor(tokens: readonly Sought[]) {
    for (const token of tokens) {
      let node = this.#root;
      for (let i = 0; i < token.text.length; i++) {
        const unit = token.text.charCodeAt(i);
        let next = node.next.get(unit);
        if (next === undefined) node.next.set(unit, (next = { next: new Map() }));
        node = next;
      }
      node.token = token;
    }
    const units = Array.from(
      this.#root.next.keys(),
      (unit) => `\\u${unit.toString(16).padStart(4, '0')}`,
    );
    this.#beginning = new RegExp(units.length === 0 ? '(?!)' : `[${units.join('')}]`, 'g');
  }

  find(text: string): readonly FoundToken[] {
    const found: FoundToken[] = [];
    this.#beginning.lastIndex = 0;
    for (
      let begin = this.#beginning.exec(text);
      begin !== null;
      begin = this.#beginning.exec(text)
    ) {
      const token = this.#longest(text, begin.index);
      if (token === undefined) continue;
      const end = begin.index + token.text.length;
      this.#beginning.lastIndex = end;
      if (token.singleWord && isPartOfWord(text, begin.index, end)) continue;
      const start = token.lstrip
        ? Math.max(spacesBefore(text, begin.index), found.at(-1)?.end ?? 0)
        : begin.index;
      const stop = token.rstrip ? spacesBehind(text, end) : end;
      // A token of spaces may have nothing left, if the one before it took them.
      found.push({ id: token.id, start, end: stop });
    }
    return found;
  }

  #longest(text: string, start: number): Sought | undefined {
    let node = this.#root;
    let longest: Sought | undefined;
    for (let at = start; at < text.length; at++) {
      const next = node.next.get(text.charCodeAt(at));
      if (next === undefined) break;
      node = next;
      longest = node.token ?? longest;
    }
    return longest;
  }
}

/** Two code units hold any character. */
const isPartOfWord = (text: string, start: number, end: number): boolean =>
  ENDS_WITH_WORD.test(text.slice(Math.max(0, start - 2), start)) ||
  STARTS_WITH_WORD.test(text.slice(end, end + 2));

function spacesBefore(text: string, end: number): number {
  let start = end;
  while (start > 0 && SPACE.test(text[start - 1]!)) start--;
  return start;
}

function spacesBehind(text: string, start: number): number {
  let end = start;
  while (end < text.length && SPACE.test(text[end]!)) end++;
  return end;
}
