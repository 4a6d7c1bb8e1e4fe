// Runs a chat template without the contents of its messages: each is a text that can be written,
// joined and stripped, and asked a few questions whose answers become guards. Everything else a
// template can do with a text reads its value, and reading it ends the tracing. So what comes out
// holds for all contents for which the guards hold, whatever the template.
import { randomUUID } from 'node:crypto';
import { Environment, Interpreter } from '@huggingface/jinja';
import {
  joinTexts,
  keyOfText,
  writeText,
  type Guard,
  type Slots,
  type TracedText,
} from './traced-text.js';

/** The template does something with a content that cannot be traced. */
export class UntraceableError extends Error {}

type Statement = Parameters<Interpreter['evaluate']>[0];
type Scope = Parameters<Interpreter['evaluate']>[1];
export type TemplateValue = ReturnType<Interpreter['evaluate']>;
type Callable = (args: readonly TemplateValue[], scope: Scope) => TemplateValue;

const MAX_NODES = 200_000;
const LONGEST_LITERAL = 1 << 20;
const LONGEST_KEY = 1 << 16;
/** Where a template's nodes keep what they write. */
const BODIES = ['body', 'alternate', 'defaultBlock'] as const;

const factory = new Environment();

/** A JavaScript value as the interpreter holds it. */
export function templateValue(value: unknown): TemplateValue {
  factory.variables.delete('value');
  return factory.set('value', value);
}

/** In place of an expression that was evaluated already. */
class Evaluated {
  readonly type = 'Evaluated';
  readonly value: TemplateValue;

  constructor(value: TemplateValue) {
    this.value = value;
  }
}

/** What a method of the library's texts gives. */
function callMethod(
  text: string,
  name: string,
  args: readonly TemplateValue[],
  scope: Scope,
): TemplateValue {
  const method = (
    templateValue(text) as unknown as {
      readonly builtins: ReadonlyMap<string, { readonly value: Callable }>;
    }
  ).builtins.get(name);
  if (method === undefined) throw new UntraceableError(`there is no ${name}()`);
  return method.value(args, scope);
}

const stringOf = (value: TemplateValue): string => (value as { readonly value: string }).value;

/** No way to strip white space changes such a text. */
function isPlain(text: string): boolean {
  if (text === '') return true;
  const first = text.charCodeAt(0);
  const last = text.charCodeAt(text.length - 1);
  return first > 0x20 && first < 0x7f && last > 0x20 && last < 0x7f;
}

/**
 * For one tracing. `slots` are the contents of the chat at hand: they answer the template's
 * questions.
 */
export class TracingInterpreter extends Interpreter {
  readonly #slots: Slots;
  readonly #guards = new Map<string, Guard>();
  /** What a value of the interpreter stands for. */
  readonly #texts = new WeakMap<object, TracedText>();
  /** Statements whose values are written where they stand. */
  readonly #written = new WeakSet<object>();
  /** Stands for a text among what was written; no template can know it. */
  readonly #mark = `\uE0F5${randomUUID()}:`;
  readonly #marked: TracedText[] = [];
  #nodes = 0;

  constructor(environment: Environment, slots: Slots) {
    super(environment);
    this.#slots = slots;
  }

  get guards(): readonly Guard[] {
    return [...this.#guards.values()];
  }

  /** Traces a whole template. Errors: `UntraceableError`, and whatever the template does wrong. */
  trace(program: Parameters<Interpreter['run']>[0]): TracedText {
    return this.#textOf(this.run(program));
  }

  /** The content in slot `index`. */
  slot(index: number): TemplateValue {
    return this.#valueOf([{ key: `$${index}`, compute: (slots) => slots[index]! }]);
  }

  /** Answers for the contents at hand, and makes that a condition of the trace. */
  ask<T>(key: string, answer: (slots: Slots) => T): T {
    const expected = answer(this.#slots);
    this.#guards.set(key, { key, holds: (slots) => answer(slots) === expected });
    return expected;
  }

  override evaluate(statement: Statement, environment: Scope): TemplateValue {
    if (statement instanceof Evaluated) return statement.value;
    if (statement === undefined) return super.evaluate(statement, environment);
    if (++this.#nodes > MAX_NODES) throw new UntraceableError('too much work');
    const parts = statement as unknown as Readonly<Record<string, unknown>>;
    for (const name of BODIES)
      if (Array.isArray(parts[name]))
        for (const child of parts[name] as object[]) this.#written.add(child);
    const marks = this.#marked.length;
    const result = this.#evaluated(statement, environment);
    const keepsBlock =
      statement.type === 'FilterStatement' ||
      (statement.type === 'Set' && (parts['value'] === null || parts['value'] === undefined));
    if (keepsBlock && this.#marked.length > marks) throw new UntraceableError('a block is kept');
    return this.#written.has(statement) ? this.#asWritten(result) : this.#asValue(result);
  }

  #evaluated(statement: Exclude<Statement, undefined>, environment: Scope): TemplateValue {
    if (statement.type === 'BinaryExpression') {
      const { operator, left, right } = statement as unknown as {
        readonly operator: { readonly value: string };
        readonly left: Statement;
        readonly right: Statement;
      };
      if (operator.value === 'and' || operator.value === 'or')
        return super.evaluate(statement, environment);
      const values = [this.evaluate(left, environment), this.evaluate(right, environment)] as const;
      if (values.some((value) => this.#texts.has(value)))
        return this.#combined(operator.value, ...values);
      return super.evaluate(
        {
          type: statement.type,
          operator,
          left: new Evaluated(values[0]),
          right: new Evaluated(values[1]),
        } as unknown as Statement,
        environment,
      );
    }
    if (statement.type === 'FilterExpression') {
      const { operand, filter } = statement as unknown as {
        readonly operand: Statement;
        readonly filter: { readonly type: string; readonly value: unknown };
      };
      const value = this.evaluate(operand, environment);
      const filtered = (given: TemplateValue): TemplateValue =>
        super.evaluate(
          { type: statement.type, operand: new Evaluated(given), filter } as unknown as Statement,
          environment,
        );
      const text = this.#texts.get(value);
      if (text === undefined || filter.type !== 'Identifier' || filter.value !== 'trim')
        return filtered(value);
      return this.#applied(text, 'trim', (content) =>
        isPlain(content) ? content : stringOf(filtered(templateValue(content))),
      );
    }
    return super.evaluate(statement, environment);
  }

  #combined(operator: string, left: TemplateValue, right: TemplateValue): TemplateValue {
    if (
      (operator === '==' || operator === '!=') &&
      [left, right].some(({ type }) => type === 'NullValue' || type === 'UndefinedValue')
    )
      return templateValue(operator === '!=');
    const [one, other] = [this.#textOf(left), this.#textOf(right)];
    const asked = (answer: (one: string, other: string) => boolean): TemplateValue =>
      templateValue(
        this.ask(`${keyOfText(one)} ${operator} ${keyOfText(other)}`, (slots) =>
          answer(writeText(one, slots), writeText(other, slots)),
        ),
      );
    switch (operator) {
      case '+':
      case '~':
        return this.#valueOf(joinTexts(one, other));
      case '==':
        return asked((a, b) => a === b);
      case '!=':
        return asked((a, b) => a !== b);
      case 'in':
        return asked((a, b) => b.includes(a));
      case 'not in':
        return asked((a, b) => !b.includes(a));
    }
    throw new UntraceableError(`the operator ${operator}`);
  }

  /** A value of the interpreter that stands for `text`. */
  #valueOf(text: TracedText): TemplateValue {
    const key = keyOfText(text);
    if (key.length > LONGEST_KEY) throw new UntraceableError('a text of too many pieces');
    const refuse = (): never => {
      throw new UntraceableError('a content is read');
    };
    const value = templateValue('');
    Object.defineProperties(value, {
      value: { get: refuse },
      toString: { value: refuse },
      __bool__: {
        value: () =>
          templateValue(this.ask(`bool ${key}`, (slots) => writeText(text, slots) !== '')),
      },
      builtins: { value: { get: (name: string) => this.#method(text, name) } },
    });
    this.#texts.set(value, text);
    return value;
  }

  #method(text: TracedText, name: string): TemplateValue {
    const method = templateValue(() => null) as { value: unknown };
    method.value = (args: readonly TemplateValue[], scope: Scope): TemplateValue => {
      const key = `${name}(${args.map((arg) => keyOfText(this.#textOf(arg))).join(', ')})`;
      if (args.some((arg) => this.#texts.has(arg)))
        throw new UntraceableError('a content is an argument');
      const call = (content: string): TemplateValue => callMethod(content, name, args, scope);
      switch (name) {
        case 'strip':
        case 'lstrip':
        case 'rstrip':
          return this.#applied(text, key, (content) =>
            args.length === 0 && isPlain(content) ? content : stringOf(call(content)),
          );
        case 'startswith':
        case 'endswith':
          return templateValue(
            this.ask(
              `${keyOfText(text)}.${key}`,
              (slots) =>
                (call(writeText(text, slots)) as unknown as { readonly value: boolean }).value,
            ),
          );
        case 'split': {
          const parts = (content: string): readonly TemplateValue[] =>
            (call(content) as unknown as { readonly value: readonly TemplateValue[] }).value;
          const count = this.ask(
            `${keyOfText(text)}.${key}.length`,
            (slots) => parts(writeText(text, slots)).length,
          );
          const list = templateValue([]) as unknown as { readonly value: TemplateValue[] };
          for (let i = 0; i < count; i++)
            list.value.push(
              this.#applied(text, `${key}[${i}]`, (content) => stringOf(parts(content)[i]!)),
            );
          return list as unknown as TemplateValue;
        }
      }
      throw new UntraceableError(`${name}() of a content`);
    };
    return method as TemplateValue;
  }

  #applied(text: TracedText, name: string, change: (content: string) => string): TemplateValue {
    return this.#valueOf([
      { key: `(${keyOfText(text)}).${name}`, compute: (slots) => change(writeText(text, slots)) },
    ]);
  }

  #textOf(value: TemplateValue): TracedText {
    const text = this.#texts.get(value);
    if (text !== undefined) return text;
    if (value.type === 'StringValue') return joinTexts([stringOf(value)]);
    throw new UntraceableError(`a ${value.type} with a content`);
  }

  /**
   * What is written becomes part of a text of the interpreter's own, where marks stand for what is
   * traced.
   */
  #asWritten(value: TemplateValue): TemplateValue {
    const text = this.#texts.get(value);
    return text === undefined
      ? value
      : templateValue(`${this.#mark}${this.#marked.push(text) - 1}\uE0F6`);
  }

  #asValue(value: TemplateValue): TemplateValue {
    if (this.#texts.has(value)) return value;
    const content = (value as { readonly value?: unknown }).value;
    if (Array.isArray(content) && content.length > LONGEST_LITERAL)
      throw new UntraceableError('a list too long');
    if (typeof content !== 'string') return value;
    if (content.length > LONGEST_LITERAL) throw new UntraceableError('a literal too long');
    if (!content.includes(this.#mark)) return value;
    const [first, ...others] = content.split(this.#mark);
    const pieces = others.map((other): TracedText => {
      const end = other.indexOf('\uE0F6');
      return joinTexts(this.#marked[Number(other.slice(0, end))]!, [other.slice(end + 1)]);
    });
    return this.#valueOf(joinTexts([first!], ...pieces));
  }
}
