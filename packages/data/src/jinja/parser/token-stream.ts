// The tokens of a template, one at a time.
import { TemplateSyntaxError } from '../failures/failure.js';
import { describeToken, type Token, type TokenType } from '../lexer/token.js';

export class TokenStream {
  readonly #tokens: readonly Token[];
  #index = 0;

  /** The last of `tokens` is `eof`. */
  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get current(): Token {
    return this.#at(this.#index);
  }

  /** The token behind the current one. */
  get following(): Token {
    return this.#at(this.#index + 1);
  }

  #at(index: number): Token {
    const token = this.#tokens[Math.min(index, this.#tokens.length - 1)];
    if (token === undefined) throw new TemplateSyntaxError('there are no tokens', 0);
    return token;
  }

  /** The current token, which is passed. */
  next(): Token {
    const token = this.current;
    this.#index++;
    return token;
  }

  is(type: TokenType): boolean {
    return this.current.type === type;
  }

  isName(...names: readonly string[]): boolean {
    const { type, text } = this.current;
    return type === 'name' && names.includes(text);
  }

  /** Passes the token where it is of this type. */
  skip(type: TokenType): boolean {
    const found = this.is(type);
    if (found) this.#index++;
    return found;
  }

  skipName(name: string): boolean {
    const found = this.isName(name);
    if (found) this.#index++;
    return found;
  }

  /** Errors: TemplateSyntaxError where the token is another. */
  expect(type: TokenType): Token {
    if (!this.is(type)) throw this.#unexpected(describeToken({ type, text: type }));
    return this.next();
  }

  expectName(name: string): Token {
    if (!this.isName(name)) throw this.#unexpected(name);
    return this.next();
  }

  #unexpected(expected: string): TemplateSyntaxError {
    const { current } = this;
    return new TemplateSyntaxError(
      current.type === 'eof'
        ? `unexpected end of template, expected '${expected}'`
        : `expected token '${expected}', got '${describeToken(current)}'`,
      current.at,
    );
  }
}
