// Walks over the characters of a regular expression, and knows how deep its groups are.
import { UnsupportedPattern } from './unsupported-pattern.js';

/** Groups and classes in one another; far more would not fit on the stack. */
const MAX_DEPTH = 250;

/** A place in a pattern; characters are code points. */
export class PatternReader {
  readonly #characters: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(pattern: string) {
    this.#characters = Array.from(pattern);
  }

  get done(): boolean {
    return this.#at >= this.#characters.length;
  }

  /** Before a group or a class is read. Errors: `UnsupportedPattern` where too many enclose it. */
  enter(): void {
    if (++this.#depth > MAX_DEPTH)
      throw new UnsupportedPattern(`more than ${MAX_DEPTH} groups in one another`);
  }

  /** Behind a group or a class. */
  leave(): void {
    this.#depth--;
  }

  /** The character `ahead` places further; empty at the end. */
  peek(ahead = 0): string {
    return this.#characters[this.#at + ahead] ?? '';
  }

  next(): string {
    return this.#characters[this.#at++] ?? '';
  }

  /** Goes past `text` if it stands here. */
  take(text: string): boolean {
    if (
      !this.#characters
        .slice(this.#at, this.#at + text.length)
        .join('')
        .startsWith(text)
    )
      return false;
    this.#at += text.length;
    return true;
  }

  /** What the sticky `expression` matches here, which is then behind. */
  takeMatch(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = 0;
    const match = expression.exec(this.#characters.slice(this.#at, this.#at + 64).join(''));
    if (match === null) return undefined;
    this.#at += Array.from(match[0]).length;
    return match;
  }
}
