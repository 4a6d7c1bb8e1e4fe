// Statements: what stands between tags, and the tags. Loops and conditions are here, what defines
// or keeps something is in definition-parser.ts.
import { TemplateSyntaxError } from '../failures/failure.js';
import { describeToken, type Token } from '../lexer/token.js';
import type { Expression } from '../nodes/expression.js';
import type { ForNode, IfNode, OutputNode, Statement } from '../nodes/statement.js';
import { assertTarget } from './assign-target.js';
import { DefinitionParser } from './definition-parser.js';
import { ExpressionParser } from './expression-parser.js';
import { DEEPEST_STATEMENT } from '../failures/limits.js';
import { above, tooDeep } from './heights.js';
import { TokenStream } from './token-stream.js';

/** Tags of Jinja that need other templates, or another environment. */
const REFUSED = ['extends', 'include', 'import', 'from', 'autoescape'];

export class StatementParser {
  readonly stream: TokenStream;
  readonly expressions: ExpressionParser;
  readonly #definitions: DefinitionParser;
  /** Tags that would end the bodies that are open. */
  readonly #endings: (readonly string[])[] = [];
  readonly #openTags: string[] = [];

  constructor(tokens: readonly Token[]) {
    this.stream = new TokenStream(tokens);
    this.expressions = new ExpressionParser(this.stream);
    this.#definitions = new DefinitionParser(this);
  }

  /** A whole template. Errors: TemplateSyntaxError. */
  template(): Statement[] {
    return this.#statements([]);
  }

  /**
   * What stands between the end of the current tag and one of `endings`, which becomes the current
   * token.
   */
  body(...endings: readonly string[]): Statement[] {
    this.stream.skip(':');
    this.stream.expect('block_end');
    this.#endings.push(endings);
    const body = this.#statements(endings);
    this.#endings.pop();
    if (this.stream.is('eof')) throw this.#unclosed(endings);
    return body;
  }

  /** The same up to its one ending, which is passed. */
  wholeBody(ending: string): Statement[] {
    const body = this.body(ending);
    this.stream.next();
    return body;
  }

  #statements(endings: readonly string[]): Statement[] {
    const { stream } = this;
    const statements: Statement[] = [];
    let parts: OutputNode['parts'][number][] = [];
    const flush = (): void => {
      const [first] = parts;
      if (first !== undefined)
        statements.push({ kind: 'output', parts, at: first.at, height: above(first.at, parts) });
      parts = [];
    };
    while (!stream.is('eof')) {
      const token = stream.next();
      if (token.type === 'data')
        parts.push({ kind: 'data', text: token.text, at: token.at, height: 1 });
      else if (token.type === 'variable_begin') {
        parts.push(this.expressions.tuple());
        stream.expect('variable_end');
      } else {
        flush();
        if (stream.isName(...endings)) return statements;
        statements.push(this.#statement());
        stream.expect('block_end');
      }
    }
    flush();
    return statements;
  }

  #statement(): Statement {
    const { stream } = this;
    const { type, text: tag, at } = stream.current;
    if (type !== 'name') throw new TemplateSyntaxError('tag name expected', at);
    if (this.#openTags.push(tag) > DEEPEST_STATEMENT) throw tooDeep(at, DEEPEST_STATEMENT);
    const statement = this.#tagged(tag);
    this.#openTags.pop();
    return statement;
  }

  #tagged(tag: string): Statement {
    const { at } = this.stream.next();
    switch (tag) {
      case 'for':
        return this.#for(at);
      case 'if':
        return this.#if(at);
      case 'print':
        return this.#print(at);
      case 'break':
      case 'continue':
        return { kind: tag, at, height: 1 };
    }
    const definition = this.#definitions.parse(tag, at);
    if (definition !== undefined) return definition;
    if (REFUSED.includes(tag))
      throw new TemplateSyntaxError(`the tag '${tag}' is not supported here`, at);
    throw this.#unknown(tag, at);
  }

  #for(at: number): ForNode {
    const { stream } = this;
    const target = this.expressions.tuple({ simplified: true });
    assertTarget(target);
    stream.expectName('in');
    const iterable = this.expressions.tuple({ conditional: false });
    const test = stream.skipName('if') ? this.expressions.parse() : undefined;
    const recursive = stream.skipName('recursive');
    const body = this.body('endfor', 'else');
    const otherwise = stream.next().text === 'endfor' ? [] : this.wholeBody('endfor');
    const height = above(at, [target, iterable, test, ...body, ...otherwise]);
    return { kind: 'for', target, iterable, test, recursive, body, otherwise, at, height };
  }

  #if(at: number): IfNode {
    const { stream } = this;
    const first = this.#branch(at);
    const alternatives: IfNode[] = [];
    let otherwise: Statement[] = [];
    while (true) {
      const ending = stream.next();
      if (ending.text === 'elif') alternatives.push(this.#branch(ending.at));
      else {
        if (ending.text === 'else') otherwise = this.wholeBody('endif');
        break;
      }
    }
    const height = Math.max(first.height, above(at, [...alternatives, ...otherwise]));
    return { ...first, alternatives, otherwise, height };
  }

  #branch(at: number): IfNode {
    const test: Expression = this.expressions.tuple({ conditional: false });
    const body = this.body('elif', 'else', 'endif');
    const height = above(at, [test, ...body]);
    return { kind: 'if', test, body, alternatives: [], otherwise: [], at, height };
  }

  #print(at: number): OutputNode {
    const parts: Expression[] = [];
    while (!this.stream.is('block_end')) {
      if (parts.length > 0) this.stream.expect(',');
      parts.push(this.expressions.parse());
    }
    return { kind: 'output', parts, at, height: above(at, parts) };
  }

  #unclosed(endings: readonly string[]): TemplateSyntaxError {
    return new TemplateSyntaxError(
      `Unexpected end of template. Jinja was looking for the following tags: ${named(endings)}.` +
        this.#innermost(),
      this.stream.current.at,
    );
  }

  #unknown(tag: string, at: number): TemplateSyntaxError {
    this.#openTags.pop();
    const endings = this.#endings.at(-1);
    const all = this.#endings.flat();
    let expected = '';
    if (endings !== undefined)
      expected = all.includes(tag)
        ? ' You probably made a nesting mistake. Jinja is expecting this tag, but currently ' +
          `looking for ${named(endings)}.`
        : ` Jinja was looking for the following tags: ${named(endings)}.`;
    const token = describeToken({ type: 'name', text: tag });
    return new TemplateSyntaxError(
      `Encountered unknown tag '${token}'.${expected}${this.#innermost()}`,
      at,
    );
  }

  #innermost(): string {
    const tag = this.#openTags.at(-1);
    return tag === undefined ? '' : ` The innermost block that needs to be closed is '${tag}'.`;
  }
}

function named(endings: readonly string[]): string {
  return endings.map((ending) => `'${ending}'`).join(' or ');
}
