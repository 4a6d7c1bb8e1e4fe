// Cuts a template into tokens as Jinja does with trim_blocks and lstrip_blocks: the line end behind
// a block and the white space before one are gone, `-` takes more of it away, `+` keeps it.
import { TemplateSyntaxError } from '../failures/failure.js';
import { SPACE_CLASS } from '../text/white-space.js';
import { ExpressionLexer } from './expression-lexer.js';
import type { Token } from './token.js';

const OPENING = /\{(?:%([-+]?)|\{([-+]?)|#([-+]?))/g;
const RAW = new RegExp(
  `\\{%[-+]?${SPACE_CLASS}*raw${SPACE_CLASS}*(?:-%\\}${SPACE_CLASS}*|%\\})`,
  'y',
);
const END_OF_RAW = new RegExp(
  `\\{%([-+]?)${SPACE_CLASS}*endraw${SPACE_CLASS}*(?:\\+%\\}|-%\\}${SPACE_CLASS}*|%\\}\\n?)`,
  'g',
);
const END_OF_COMMENT = new RegExp(`\\+#\\}|-#\\}${SPACE_CLASS}*|#\\}\\n?`, 'g');
const END_OF_BLOCK = new RegExp(`\\+%\\}|-%\\}${SPACE_CLASS}*|%\\}\\n?`, 'y');
const END_OF_VARIABLE = new RegExp(`-\\}\\}${SPACE_CLASS}*|\\}\\}`, 'y');
const TRAILING_SPACE = new RegExp(`${SPACE_CLASS}$`);
const ONLY_SPACE = new RegExp(`^${SPACE_CLASS}+$`);

/** With `\n` as the only line end, and without the last one. */
export function normalizeSource(source: string): string {
  return source.replace(/\r\n?/g, '\n').replace(/\n$/, '');
}

/** The tokens of a normalised source, the last one `eof`. Errors: TemplateSyntaxError. */
export function tokenize(source: string): Token[] {
  return new Lexer(source).run();
}

class Lexer {
  readonly #source: string;
  readonly #tokens: Token[] = [];
  #at = 0;
  /** Whether the last match ended a line. */
  #startsLine = true;

  constructor(source: string) {
    this.#source = source;
  }

  run(): Token[] {
    while (this.#at < this.#source.length) this.#readData();
    this.#tokens.push({ type: 'eof', text: '', at: this.#source.length });
    return this.#tokens;
  }

  /** Data up to a tag, and the tag. */
  #readData(): void {
    const from = this.#at;
    OPENING.lastIndex = from;
    const opening = OPENING.exec(this.#source);
    if (opening === null) {
      this.#addData(from, this.#source.slice(from));
      this.#at = this.#source.length;
      return;
    }
    const [tag, blockSign, variableSign, commentSign] = opening;
    const at = opening.index;
    const sign = blockSign ?? variableSign ?? commentSign ?? '';
    this.#addData(from, this.#stripped(this.#source.slice(from, at), sign, tag[1] !== '{'));
    this.#startsLine = false;
    this.#at = at + tag.length;
    if (tag[1] === '#') this.#skipComment(at);
    else if (tag[1] === '{') this.#readVariable(at);
    else if (this.#matchesRaw(at)) this.#readRaw(at);
    else this.#readBlock(at);
  }

  /** `text` before a tag. */
  #stripped(text: string, sign: string, isBlock: boolean): string {
    if (sign === '-') {
      let end = text.length;
      while (end > 0 && TRAILING_SPACE.test(text[end - 1] ?? '')) end--;
      return text.slice(0, end);
    }
    if (sign === '+' || !isBlock) return text;
    const line = text.lastIndexOf('\n') + 1;
    return (line > 0 || this.#startsLine) && ONLY_SPACE.test(text.slice(line))
      ? text.slice(0, line)
      : text;
  }

  #addData(at: number, text: string): void {
    if (text !== '') this.#tokens.push({ type: 'data', text, at });
  }

  /** Goes behind a match and remembers whether it ends a line. */
  #pass(match: RegExpExecArray): void {
    this.#at = match.index + match[0].length;
    this.#startsLine = match[0].endsWith('\n');
  }

  #skipComment(at: number): void {
    if (this.#at >= this.#source.length) return;
    END_OF_COMMENT.lastIndex = this.#at;
    const end = END_OF_COMMENT.exec(this.#source);
    if (end === null) throw new TemplateSyntaxError('Missing end of comment tag', at);
    this.#pass(end);
  }

  #matchesRaw(at: number): boolean {
    RAW.lastIndex = at;
    const raw = RAW.exec(this.#source);
    if (raw !== null) this.#pass(raw);
    return raw !== null;
  }

  #readRaw(at: number): void {
    const from = this.#at;
    if (from >= this.#source.length) return;
    END_OF_RAW.lastIndex = from;
    const end = END_OF_RAW.exec(this.#source);
    if (end === null) throw new TemplateSyntaxError('Missing end of raw directive', at);
    this.#addData(from, this.#stripped(this.#source.slice(from, end.index), end[1] ?? '', true));
    this.#pass(end);
  }

  #readVariable(at: number): void {
    this.#tokens.push({ type: 'variable_begin', text: '{{', at });
    this.#readExpressions('variable_end', END_OF_VARIABLE);
  }

  #readBlock(at: number): void {
    this.#tokens.push({ type: 'block_begin', text: '{%', at });
    this.#readExpressions('block_end', END_OF_BLOCK);
  }

  #readExpressions(type: 'variable_end' | 'block_end', end: RegExp): void {
    const lexer = new ExpressionLexer(this.#source, this.#at, this.#tokens);
    while (lexer.at < this.#source.length) {
      end.lastIndex = lexer.at;
      const closing = lexer.isBalanced ? end.exec(this.#source) : null;
      if (closing !== null) {
        this.#tokens.push({ type, text: closing[0], at: closing.index });
        this.#pass(closing);
        return;
      }
      lexer.read();
    }
    this.#at = lexer.at;
  }
}
