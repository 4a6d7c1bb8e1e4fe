// The tokens within a tag: names, numbers, texts and operators.
import { TemplateSyntaxError } from '../failures/failure.js';
import { parseFloatText } from '../python/floats.js';
import { parseIntText } from '../values/ints.js';
import { quote } from '../python/quote.js';
import { SPACE_CLASS } from '../text/white-space.js';
import { unescapeString } from './string-literal.js';
import { OPERATORS, type Token, type TokenType } from './token.js';

const SPACE = new RegExp(`${SPACE_CLASS}+`, 'y');
const DIGITS = String.raw`(?:\p{Nd}+_)*\p{Nd}+`;
const FLOAT = new RegExp(
  String.raw`(?<!\.)${DIGITS}(?:(?:\.${DIGITS})?e[+-]?${DIGITS}|\.${DIGITS})`,
  'iuy',
);
const INTEGER =
  /(?:0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\p{Nd}a-f])+|[1-9](?:_?\p{Nd})*|0(?:_?0)*)/iuy;
const NAME = /[\p{L}\p{N}_\p{XID_Continue}]+/uy;
const IDENTIFIER = /^[\p{XID_Start}_]\p{XID_Continue}*$/u;
const STRING = /'[^'\\]*(?:\\[^][^'\\]*)*'|"[^"\\]*(?:\\[^][^"\\]*)*"/y;
const CLOSING: Readonly<Record<string, string>> = { '{': '}', '(': ')', '[': ']' };

/** Adds tokens from `at` on to `tokens`. */
export class ExpressionLexer {
  readonly #source: string;
  readonly #tokens: Token[];
  /** Brackets that have to close. */
  readonly #open: string[] = [];
  at: number;

  constructor(source: string, at: number, tokens: Token[]) {
    this.#source = source;
    this.at = at;
    this.#tokens = tokens;
  }

  /** Whether a tag may end here. */
  get isBalanced(): boolean {
    return this.#open.length === 0;
  }

  /** Reads one token. Errors: TemplateSyntaxError. */
  read(): void {
    if (this.#match(SPACE) !== undefined) return;
    const float = this.#match(FLOAT);
    if (float !== undefined) return this.#addFloat(float);
    const integer = this.#match(INTEGER);
    if (integer !== undefined) return this.#addInteger(integer);
    const name = this.#match(NAME);
    if (name !== undefined) return this.#addName(name);
    const string = this.#match(STRING);
    if (string !== undefined) return this.#addString(string);
    this.#readOperator();
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const text = pattern.exec(this.#source)?.[0];
    if (text !== undefined) this.at += text.length;
    return text;
  }

  #add(type: TokenType, text: string, written: string, number?: Token['number']): void {
    this.#tokens.push({ type, text, number, at: this.at - written.length });
  }

  #addFloat(written: string): void {
    const value = parseFloatText(written.replaceAll('_', ''));
    if (value === undefined) throw this.#failure('invalid number', written);
    this.#tokens.push({
      type: 'float',
      text: written,
      number: value,
      at: this.at - written.length,
    });
  }

  #addInteger(written: string): void {
    const value = parseIntText(written.replaceAll('_', ''), 0);
    if (value === undefined) throw this.#failure('invalid number', written);
    this.#add('integer', written, written, value);
  }

  #addName(written: string): void {
    if (!IDENTIFIER.test(written)) throw this.#failure('Invalid character in identifier', written);
    this.#add('name', written, written);
  }

  #addString(written: string): void {
    const at = this.at - written.length;
    this.#add('string', unescapeString(written.slice(1, -1), at), written);
  }

  #readOperator(): void {
    const operator = OPERATORS.find((each) => this.#source.startsWith(each, this.at));
    if (operator === undefined) {
      const character = String.fromCodePoint(this.#source.codePointAt(this.at) ?? 0);
      throw new TemplateSyntaxError(`unexpected char ${quote(character)}`, this.at);
    }
    const closing = CLOSING[operator];
    if (closing !== undefined) this.#open.push(closing);
    else if (operator === '}' || operator === ')' || operator === ']') this.#close(operator);
    this.at += operator.length;
    this.#add(operator, operator, operator);
  }

  #close(bracket: string): void {
    const expected = this.#open.pop();
    if (expected === bracket) return;
    const reason = expected === undefined ? '' : `, expected '${expected}'`;
    throw new TemplateSyntaxError(`unexpected '${bracket}'${reason}`, this.at);
  }

  #failure(message: string, written: string): TemplateSyntaxError {
    return new TemplateSyntaxError(message, this.at - written.length);
  }
}
