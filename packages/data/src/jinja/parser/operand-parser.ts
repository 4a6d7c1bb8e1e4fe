// The operands of expressions: names, literals, brackets, and what can follow them: attributes,
// items, calls, filters and tests.
import { TemplateSyntaxError } from '../failures/failure.js';
import { DEEPEST_SOURCE } from '../failures/limits.js';
import { describeToken, type Token } from '../lexer/token.js';
import { argumentNodes } from '../nodes/children.js';
import type {
  CallArguments,
  ConstantNode,
  DictNode,
  Expression,
  SliceNode,
} from '../nodes/expression.js';
import { CallParser } from './call-parser.js';
import type { ExpressionParser } from './expression-parser.js';
import { above, tooDeep } from './heights.js';
import type { TokenStream } from './token-stream.js';

const CONSTANTS: Readonly<Record<string, boolean | null>> = {
  true: true,
  True: true,
  false: false,
  False: false,
  none: null,
  None: null,
};
const NO_ARGUMENTS: CallArguments = {
  positional: [],
  named: [],
  spread: undefined,
  namedSpread: undefined,
};

export class OperandParser {
  readonly #stream: TokenStream;
  readonly #expressions: ExpressionParser;
  readonly #calls: CallParser;
  #depth = 0;

  constructor(expressions: ExpressionParser) {
    this.#expressions = expressions;
    this.#stream = expressions.stream;
    this.#calls = new CallParser(expressions);
  }

  unary(withFilter = true): Expression {
    const { type, at } = this.#stream.current;
    let node: Expression;
    if (type === '-' || type === '+') {
      this.#stream.next();
      if (++this.#depth > DEEPEST_SOURCE) throw tooDeep(at);
      const operand = this.unary(false);
      this.#depth--;
      node = { kind: 'unary', operator: type, operand, at, height: above(at, [operand]) };
    } else node = this.primary();
    node = this.#postfix(node);
    return withFilter ? this.#filtersAndTests(node) : node;
  }

  primary(withNamespace = false): Expression {
    const stream = this.#stream;
    const token = stream.current;
    switch (token.type) {
      case 'name':
        return this.#name(stream.next(), withNamespace);
      case 'string':
        return this.#string(stream.next());
      case 'integer':
        return constant(stream.next(), token.number ?? 0);
      case 'float':
        return constant(stream.next(), { float: Number(token.number ?? 0) });
      case '(': {
        stream.next();
        const tuple = this.#expressions.tuple({ inBrackets: true });
        stream.expect(')');
        return tuple;
      }
      case '[':
        return this.#list();
      case '{':
        return this.#dict();
      default:
        throw new TemplateSyntaxError(`unexpected '${describeToken(token)}'`, token.at);
    }
  }

  #name(token: Token, withNamespace: boolean): Expression {
    const { text: name, at } = token;
    const value = Object.hasOwn(CONSTANTS, name) ? CONSTANTS[name] : undefined;
    if (value !== undefined) return constant(token, value);
    if (withNamespace && this.#stream.skip('.')) {
      const attribute = this.#stream.expect('name').text;
      return { kind: 'namespace', name, attribute, at, height: 1 };
    }
    return { kind: 'name', name, use: 'load', at, height: 1 };
  }

  /** Literals that stand side by side are one. */
  #string(first: Token): ConstantNode {
    let value = first.text;
    while (this.#stream.is('string')) value += this.#stream.next().text;
    return constant(first, value);
  }

  #list(): Expression {
    const { at } = this.#stream.expect('[');
    const items = this.#commaSeparated(']', () => this.#expressions.parse());
    return { kind: 'list', items, at, height: above(at, items) };
  }

  #dict(): DictNode {
    const { at } = this.#stream.expect('{');
    const entries = this.#commaSeparated('}', () => {
      const key = this.#expressions.parse();
      this.#stream.expect(':');
      return { key, value: this.#expressions.parse() };
    });
    const children = entries.flatMap(({ key, value }) => [key, value]);
    return { kind: 'dict', entries, at, height: above(at, children) };
  }

  /** Items up to `closing`, with a comma allowed behind the last. */
  #commaSeparated<T>(closing: ']' | '}', item: () => T): T[] {
    const items: T[] = [];
    while (!this.#stream.is(closing)) {
      if (items.length > 0) this.#stream.expect(',');
      if (this.#stream.is(closing)) break;
      items.push(item());
    }
    this.#stream.expect(closing);
    return items;
  }

  #postfix(operand: Expression): Expression {
    let node = operand;
    while (true) {
      if (this.#stream.is('.') || this.#stream.is('[')) node = this.#subscript(node);
      else if (this.#stream.is('(')) node = this.#calls.call(node);
      else return node;
    }
  }

  #filtersAndTests(operand: Expression): Expression {
    let node = operand;
    while (true) {
      if (this.#stream.is('|')) node = this.filters(node) ?? node;
      else if (this.#stream.isName('is')) node = this.#test(node);
      else if (this.#stream.is('(')) node = this.#calls.call(node);
      else return node;
    }
  }

  #subscript(object: Expression): Expression {
    const stream = this.#stream;
    const { type, at } = stream.next();
    if (type === '.') {
      const token = stream.next();
      if (token.type === 'name')
        return { kind: 'attribute', object, name: token.text, at, height: above(at, [object]) };
      if (token.type !== 'integer')
        throw new TemplateSyntaxError('expected name or number', token.at);
      const index = constant(token, token.number ?? 0);
      return { kind: 'item', object, index, at, height: above(at, [object]) };
    }
    const indices: (Expression | SliceNode)[] = [];
    while (!stream.is(']')) {
      if (indices.length > 0) stream.expect(',');
      indices.push(this.#index());
    }
    stream.expect(']');
    const [only] = indices;
    const index: Expression =
      only !== undefined && indices.length === 1
        ? only
        : { kind: 'tuple', items: indices, at, height: above(at, indices) };
    return { kind: 'item', object, index, at, height: above(at, [object, index]) };
  }

  #index(): Expression | SliceNode {
    const stream = this.#stream;
    const { at } = stream.current;
    const start = stream.is(':') ? undefined : this.#expressions.parse();
    if (start !== undefined && !stream.is(':')) return start;
    stream.expect(':');
    const bound = (): Expression | undefined =>
      stream.is(']') || stream.is(',') || stream.is(':') ? undefined : this.#expressions.parse();
    const stop = bound();
    const step = stream.skip(':') ? bound() : undefined;
    return { kind: 'slice', start, stop, step, at, height: above(at, [start, stop, step]) };
  }

  filters(operand: Expression | undefined, startInline = false): Expression | undefined {
    let node = operand;
    for (let inline = startInline; inline || this.#stream.is('|'); inline = false) {
      if (!inline) this.#stream.next();
      const { at } = this.#stream.current;
      const name = this.#dottedName();
      const args = this.#stream.is('(') ? this.#calls.args() : NO_ARGUMENTS;
      const height = above(at, [node, ...argumentNodes(args)]);
      node = { kind: 'filter', name, operand: node, args, at, height };
    }
    return node;
  }

  #dottedName(): string {
    let name = this.#stream.expect('name').text;
    while (this.#stream.skip('.')) name += `.${this.#stream.expect('name').text}`;
    return name;
  }

  #test(operand: Expression): Expression {
    const { at } = this.#stream.next();
    const negated = this.#stream.skipName('not');
    const name = this.#dottedName();
    const args = this.#testArguments();
    const height = above(at, [operand, ...argumentNodes(args)]);
    const test: Expression = { kind: 'test', name, operand, args, at, height };
    if (!negated) return test;
    return { kind: 'unary', operator: 'not', operand: test, at, height: above(at, [test]) };
  }

  /** Arguments in brackets, or one without them. */
  #testArguments(): CallArguments {
    const stream = this.#stream;
    if (stream.is('(')) return this.#calls.args();
    const begins = ['name', 'string', 'integer', 'float', '[', '{'].includes(stream.current.type);
    if (!begins || stream.isName('else', 'or', 'and')) return NO_ARGUMENTS;
    if (stream.isName('is'))
      throw new TemplateSyntaxError('You cannot chain multiple tests with is', stream.current.at);
    return { ...NO_ARGUMENTS, positional: [this.#postfix(this.primary())] };
  }
}

function constant({ at }: Token, value: ConstantNode['value']): ConstantNode {
  return { kind: 'constant', value, at, height: 1 };
}
