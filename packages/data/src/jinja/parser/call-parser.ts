// The arguments of calls, filters and tests.
import { TemplateSyntaxError } from '../failures/failure.js';
import { argumentNodes } from '../nodes/children.js';
import type { CallArguments, CallNode, Expression } from '../nodes/expression.js';
import type { ExpressionParser } from './expression-parser.js';
import { above } from './heights.js';
import type { TokenStream } from './token-stream.js';

export class CallParser {
  readonly #stream: TokenStream;
  readonly #expressions: ExpressionParser;

  constructor(expressions: ExpressionParser) {
    this.#expressions = expressions;
    this.#stream = expressions.stream;
  }

  call(callee: Expression): CallNode {
    const { at } = this.#stream.current;
    const args = this.args();
    return { kind: 'call', callee, args, at, height: above(at, [callee, ...argumentNodes(args)]) };
  }

  /** In brackets. Errors: TemplateSyntaxError, also where they are out of order. */
  args(): CallArguments {
    const stream = this.#stream;
    const { at } = stream.expect('(');
    const positional: Expression[] = [];
    const named: CallArguments['named'][number][] = [];
    let spread: Expression | undefined;
    let namedSpread: Expression | undefined;
    const ensure = (inOrder: boolean): void => {
      if (!inOrder)
        throw new TemplateSyntaxError('invalid syntax for function call expression', at);
    };
    for (let first = true; !stream.is(')'); first = false) {
      if (!first) stream.expect(',');
      if (stream.is(')')) break;
      if (stream.skip('*')) {
        ensure(spread === undefined && namedSpread === undefined);
        spread = this.#expressions.parse();
      } else if (stream.skip('**')) {
        ensure(namedSpread === undefined);
        namedSpread = this.#expressions.parse();
      } else if (stream.is('name') && stream.following.type === '=') {
        ensure(namedSpread === undefined);
        named.push(this.#named());
      } else {
        ensure(spread === undefined && namedSpread === undefined && named.length === 0);
        positional.push(this.#expressions.parse());
      }
    }
    stream.expect(')');
    return { positional, named, spread, namedSpread };
  }

  #named(): CallArguments['named'][number] {
    const name = this.#stream.next().text;
    this.#stream.next();
    return { name, value: this.#expressions.parse() };
  }
}
