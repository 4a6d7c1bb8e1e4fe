// Runs a chat template within limits. A template comes from a model folder, that is from anybody,
// and the interpreter runs in this thread: nested loops over large ranges, or a text that doubles
// in a loop, must end with an error and not with a process that hangs. Work is counted, not timed,
// so that the same template ends the same way everywhere (decision 0010).
import { Environment, Interpreter } from '@huggingface/jinja';

/** What a rendering may take. */
export interface RenderLimits {
  /** Nodes evaluated, each with a share of the size of its value. */
  readonly work: number;
  /** Characters of any text, the result included. */
  readonly characters: number;
}

const CHARACTERS_PER_STEP = 64;
const ITEMS_PER_STEP = 4;
/** A turn of a loop makes a scope with a dozen variables, whatever its body does. */
const STEPS_PER_TURN = 12;
/**
 * Calls within calls. Where the stack overflows while a name is looked up, the library takes the
 * name for undefined, so calls must stop earlier.
 */
const DEEPEST_CALL = 100;
/** Items of one range(). */
const LONGEST_RANGE = 100_000;

/**
 * What a chat of `messages` turns with `characters` of text may take: some hundred times what
 * templates in use need.
 */
export function renderLimits(messages: number, characters: number): RenderLimits {
  return {
    work: 1_000_000 + 20_000 * messages + 4 * characters,
    characters: 4_000_000 + 8 * characters,
  };
}

/** A template went over its limits. */
export class TemplateLimitError extends Error {}

type Statement = Parameters<Interpreter['evaluate']>[0];
type Scope = Parameters<Interpreter['evaluate']>[1];
type Value = ReturnType<Interpreter['evaluate']>;

const emptyList = (): Value => new Environment().set('list', []);

/** What a loop goes through: `for x in LIST` and the LIST of `for x in LIST if ...`. */
function iterated(loop: object): object[] {
  const { iterable } = loop as { readonly iterable?: { readonly lhs?: object } };
  return [iterable, iterable?.lhs].filter((node) => node !== undefined);
}

/** The library does not say which undefined function a template calls. */
function refuseUnknown(callee: object, environment: Scope): void {
  const { type, value } = callee as { readonly type: string; readonly value?: string };
  if (
    type === 'Identifier' &&
    value !== undefined &&
    environment.lookupVariable(value).type === 'UndefinedValue'
  )
    throw new Error(`it calls ${value}(), which is not defined here`);
}

/** An interpreter that stops at its limits. For one rendering. */
export class LimitedInterpreter extends Interpreter {
  readonly #characters: number;
  /** Nodes whose items loops go through. */
  readonly #looped = new WeakSet<object>();
  #work: number;
  #depth = 0;

  constructor(environment: Scope, limits: RenderLimits) {
    super(environment);
    this.#work = limits.work;
    this.#characters = limits.characters;
  }

  override evaluate(statement: Statement, environment: Scope): Value {
    if (statement?.type === 'For') for (const node of iterated(statement)) this.#looped.add(node);
    if (statement?.type === 'CallExpression')
      refuseUnknown((statement as unknown as { readonly callee: object }).callee, environment);
    const result = this.#evaluated(statement, environment);
    // As in Jinja, and unlike the library: a loop over something undefined has no turns.
    if (result.type === 'UndefinedValue' && this.#looped.has(statement as object))
      return emptyList();
    const { value } = result;
    let work = 1;
    if (typeof value === 'string') {
      if (value.length > this.#characters)
        throw new TemplateLimitError(`it makes a text of more than ${this.#characters} characters`);
      work += value.length / CHARACTERS_PER_STEP;
    } else if (Array.isArray(value)) {
      work +=
        statement !== undefined && this.#looped.has(statement)
          ? value.length * STEPS_PER_TURN
          : value.length / ITEMS_PER_STEP;
    }
    this.#work -= work;
    if (this.#work < 0)
      throw new TemplateLimitError(
        'it does far more work than a chat template needs; a loop in it may not end',
      );
    return result;
  }

  #evaluated(statement: Statement, environment: Scope): Value {
    if (statement?.type !== 'CallExpression') return super.evaluate(statement, environment);
    if (this.#depth >= DEEPEST_CALL)
      throw new TemplateLimitError(
        `its calls are more than ${DEEPEST_CALL} deep; a macro in it may call itself for ever`,
      );
    this.#depth++;
    const result = super.evaluate(statement, environment);
    this.#depth--; // an error ends the rendering, and the interpreter with it
    return result;
  }
}

/** Python's range(). Errors: a step of 0, and more items than any chat has. */
export function pythonRange(first: number, stop?: number, step = 1): number[] {
  if (step === 0) throw new Error('range() step must not be zero');
  const [from, to] = stop === undefined ? [0, first] : [first, stop];
  const length = Math.max(0, Math.ceil((to - from) / step));
  if (!(length <= LONGEST_RANGE)) throw new TemplateLimitError(`range() of ${length} items`);
  return Array.from({ length }, (_, i) => from + i * step);
}

/**
 * Whether the interpreter ran out of something: our limits, the stack, or the longest text there
 * is.
 */
export const isLimit = (error: unknown): error is Error =>
  error instanceof TemplateLimitError || error instanceof RangeError;
