// Expressions by precedence, from the conditional down to sums; operands are parsed by
// operand-parser.ts.
import { TemplateSyntaxError } from '../failures/failure.js';
import { DEEPEST_SOURCE } from '../failures/limits.js';
import { describeToken } from '../lexer/token.js';
import type { BinaryNode, CompareNode, Comparison, Expression } from '../nodes/expression.js';
import { above, tooDeep } from './heights.js';
import { OperandParser } from './operand-parser.js';
import type { TokenStream } from './token-stream.js';

const COMPARISONS: readonly string[] = ['==', '!=', '<', '<=', '>', '>='];

export interface TupleOptions {
  /** Only names and literals, as in the target of an assignment. */
  readonly simplified?: boolean;
  /** Whether `a if b` is part of it. Default true. */
  readonly conditional?: boolean;
  /** Within brackets: then it may be empty. */
  readonly inBrackets?: boolean;
  /** `namespace.attribute` is a target. */
  readonly withNamespace?: boolean;
}

export class ExpressionParser {
  readonly stream: TokenStream;
  readonly #operands: OperandParser;
  #depth = 0;

  constructor(stream: TokenStream) {
    this.stream = stream;
    this.#operands = new OperandParser(this);
  }

  /** Errors: TemplateSyntaxError, as of all other methods. */
  parse(conditional = true): Expression {
    const { at } = this.stream.current;
    if (++this.#depth > DEEPEST_SOURCE) throw tooDeep(at);
    const expression = conditional ? this.#conditional() : this.#or();
    this.#depth--;
    return expression;
  }

  primary(withNamespace = false): Expression {
    return this.#operands.primary(withNamespace);
  }

  /** A filter or a chain of them on `operand`, or on the block around it. */
  filters(operand: Expression | undefined, startInline = false): Expression | undefined {
    return this.#operands.filters(operand, startInline);
  }

  /** An expression, or several with commas between them. */
  tuple(options: TupleOptions = {}): Expression {
    const { stream } = this;
    const { at } = stream.current;
    const items: Expression[] = [];
    let isTuple = false;
    while (true) {
      if (items.length > 0) stream.expect(',');
      if (this.#endsTuple()) break;
      items.push(
        options.simplified === true
          ? this.primary(options.withNamespace)
          : this.parse(options.conditional),
      );
      if (!stream.is(',')) break;
      isTuple = true;
    }
    const [first] = items;
    if (!isTuple && first !== undefined) return first;
    if (!isTuple && options.inBrackets !== true)
      throw new TemplateSyntaxError(
        `Expected an expression, got '${describeToken(stream.current)}'`,
        stream.current.at,
      );
    return { kind: 'tuple', items, at, height: above(at, items) };
  }

  #endsTuple(): boolean {
    return this.stream.is('variable_end') || this.stream.is('block_end') || this.stream.is(')');
  }

  #conditional(): Expression {
    const { stream } = this;
    let then = this.#or();
    while (stream.skipName('if')) {
      const test = this.#or();
      const otherwise = stream.skipName('else') ? this.parse() : undefined;
      const { at } = then;
      const height = above(at, [test, then, otherwise]);
      then = { kind: 'conditional', test, then, otherwise, at, height };
    }
    return then;
  }

  #or(): Expression {
    let left = this.#and();
    while (this.stream.isName('or')) {
      const { at } = this.stream.next();
      const right = this.#and();
      left = { kind: 'or', left, right, at, height: above(at, [left, right]) };
    }
    return left;
  }

  #and(): Expression {
    let left = this.#not();
    while (this.stream.isName('and')) {
      const { at } = this.stream.next();
      const right = this.#not();
      left = { kind: 'and', left, right, at, height: above(at, [left, right]) };
    }
    return left;
  }

  #not(): Expression {
    if (!this.stream.isName('not')) return this.#compare();
    const { at } = this.stream.next();
    if (++this.#depth > DEEPEST_SOURCE) throw tooDeep(at);
    const operand = this.#not();
    this.#depth--;
    return { kind: 'unary', operator: 'not', operand, at, height: above(at, [operand]) };
  }

  #compare(): Expression {
    const first = this.#sum();
    const { at } = this.stream.current;
    const rest: CompareNode['rest'][number][] = [];
    for (let operator = this.#comparison(); operator !== undefined; operator = this.#comparison())
      rest.push({ operator, right: this.#sum() });
    if (rest.length === 0) return first;
    const height = above(at, [first, ...rest.map(({ right }) => right)]);
    return { kind: 'compare', first, rest, at, height };
  }

  #comparison(): Comparison | undefined {
    const { stream } = this;
    const { type } = stream.current;
    if (COMPARISONS.includes(type)) return stream.next().type as Comparison;
    if (stream.skipName('in')) return 'in';
    const { following } = stream;
    if (!stream.isName('not') || following.type !== 'name' || following.text !== 'in')
      return undefined;
    stream.next();
    stream.next();
    return 'not in';
  }

  #sum(): Expression {
    return this.#binary(['+', '-'], () => this.#concat());
  }

  #concat(): Expression {
    const first = this.#product();
    const { at } = this.stream.current;
    const parts = [first];
    while (this.stream.skip('~')) parts.push(this.#product());
    return parts.length === 1 ? first : { kind: 'concat', parts, at, height: above(at, parts) };
  }

  #product(): Expression {
    return this.#binary(['*', '/', '//', '%'], () => this.#power());
  }

  #power(): Expression {
    return this.#binary(['**'], () => this.#operands.unary());
  }

  #binary(operators: readonly BinaryNode['operator'][], operand: () => Expression): Expression {
    let left = operand();
    while (operators.includes(this.stream.current.type as BinaryNode['operator'])) {
      const { type, at } = this.stream.next();
      const right = operand();
      left = {
        kind: 'binary',
        operator: type as BinaryNode['operator'],
        left,
        right,
        at,
        height: above(at, [left, right]),
      };
    }
    return left;
  }
}
