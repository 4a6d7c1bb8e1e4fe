// Tags that define or keep something: set, with, macro, call, filter, block, generation.
import { TemplateSyntaxError } from '../failures/failure.js';
import type { Expression, FilterNode, NameNode } from '../nodes/expression.js';
import type {
  BlockNode,
  CallBlockNode,
  MacroNode,
  Signature,
  Statement,
  WithNode,
} from '../nodes/statement.js';
import { assertTarget } from './assign-target.js';
import { above } from './heights.js';
import type { StatementParser } from './statement-parser.js';

const CONSTANTS = ['true', 'false', 'none', 'True', 'False', 'None'];

export class DefinitionParser {
  readonly #statements: StatementParser;

  constructor(statements: StatementParser) {
    this.#statements = statements;
  }

  /** The statement of a tag whose name is passed; undefined where it is another. */
  parse(tag: string, at: number): Statement | undefined {
    switch (tag) {
      case 'set':
        return this.#set(at);
      case 'with':
        return this.#with(at);
      case 'macro':
        return this.#macro(at);
      case 'call':
        return this.#callBlock(at);
      case 'filter':
        return this.#filterBlock(at);
      case 'block':
        return this.#block(at);
      case 'generation':
        return this.#generation(at);
    }
    return undefined;
  }

  #set(at: number): Statement {
    const { stream, expressions } = this.#statements;
    const target = expressions.tuple({ simplified: true, withNamespace: true });
    assertTarget(target);
    if (stream.skip('=')) {
      const value = expressions.tuple();
      return { kind: 'set', target, value, at, height: above(at, [target, value]) };
    }
    const filter = expressions.filters(undefined) as FilterNode | undefined;
    const body = this.#statements.wholeBody('endset');
    const height = above(at, [target, filter, ...body]);
    return { kind: 'set-block', target, filter, body, at, height };
  }

  #with(at: number): WithNode {
    const { stream, expressions } = this.#statements;
    const targets: Expression[] = [];
    const values: Expression[] = [];
    while (!stream.is('block_end')) {
      if (targets.length > 0) stream.expect(',');
      const target = expressions.tuple({ simplified: true });
      assertTarget(target);
      targets.push(asParameter(target));
      stream.expect('=');
      values.push(expressions.parse());
    }
    const body = this.#statements.wholeBody('endwith');
    return {
      kind: 'with',
      targets,
      values,
      body,
      at,
      height: above(at, [...targets, ...values, ...body]),
    };
  }

  #macro(at: number): MacroNode {
    const { name } = this.#nameTarget('store');
    const signature = this.#signature();
    const body = this.#statements.wholeBody('endmacro');
    const height = above(at, [...signature.defaults, ...body]);
    return { kind: 'macro', name, signature, body, at, height };
  }

  #nameTarget(use: NameNode['use']): NameNode {
    const { text: name, at } = this.#statements.stream.expect('name');
    if (CONSTANTS.includes(name)) throw new TemplateSyntaxError("can't assign to 'name'", at);
    return { kind: 'name', name, use, at, height: 1 };
  }

  #signature(): Signature {
    const { stream, expressions } = this.#statements;
    const parameters: NameNode[] = [];
    const defaults: Expression[] = [];
    stream.expect('(');
    while (!stream.is(')')) {
      if (parameters.length > 0) stream.expect(',');
      const parameter = this.#nameTarget('parameter');
      if (stream.skip('=')) defaults.push(expressions.parse());
      else if (defaults.length > 0)
        throw new TemplateSyntaxError(
          'non-default argument follows default argument',
          stream.current.at,
        );
      if (parameters.some(({ name }) => name === parameter.name))
        throw new TemplateSyntaxError(`duplicate argument '${parameter.name}'`, parameter.at);
      parameters.push(parameter);
    }
    stream.expect(')');
    return { parameters, defaults };
  }

  #callBlock(at: number): CallBlockNode {
    const { stream, expressions } = this.#statements;
    const signature = stream.is('(') ? this.#signature() : { parameters: [], defaults: [] };
    const call = expressions.parse();
    if (call.kind !== 'call') throw new TemplateSyntaxError('expected call', at);
    const body = this.#statements.wholeBody('endcall');
    const height = above(at, [call, ...signature.defaults, ...body]);
    return { kind: 'call-block', call, signature, body, at, height };
  }

  #generation(at: number): CallBlockNode {
    const body = this.#statements.wholeBody('endgeneration');
    return {
      kind: 'call-block',
      call: undefined,
      signature: { parameters: [], defaults: [] },
      body,
      at,
      height: above(at, body),
    };
  }

  #filterBlock(at: number): Statement {
    const filter = this.#statements.expressions.filters(undefined, true) as FilterNode;
    const body = this.#statements.wholeBody('endfilter');
    return { kind: 'filter-block', filter, body, at, height: above(at, [filter, ...body]) };
  }

  #block(at: number): BlockNode {
    const { stream } = this.#statements;
    const name = stream.expect('name').text;
    const scoped = stream.skipName('scoped');
    const required = stream.skipName('required');
    if (stream.is('-'))
      throw new TemplateSyntaxError('block names may not contain hyphens', stream.current.at);
    const body = this.#statements.wholeBody('endblock');
    if (required && !body.every(isBlank))
      throw new TemplateSyntaxError('Required blocks can only contain comments or whitespace', at);
    stream.skipName(name);
    return { kind: 'block', name, scoped, required, body, at, height: above(at, body) };
  }
}

function asParameter(target: Expression): Expression {
  if (target.kind === 'tuple') return { ...target, items: target.items.map(asParameter) };
  return target.kind === 'name' ? { ...target, use: 'parameter' } : target;
}

function isBlank(statement: Statement): boolean {
  return (
    statement.kind === 'output' &&
    statement.parts.every((part) => part.kind === 'data' && part.text.trim() === '')
  );
}
