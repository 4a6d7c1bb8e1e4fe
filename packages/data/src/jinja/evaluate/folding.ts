// Constant expressions: their values are computed once, while the template is compiled. Jinja's
// compiler does the same, and in corners a template can tell (a slice of a number, an infinite
// constant), so this follows it.
import { PythonError, TemplateLimitError, UnsupportedError } from '../failures/failure.js';
import type { Limits } from '../failures/limits.js';
import { LOOKUP } from './lookup-tables.js';
import { childrenOf } from '../nodes/children.js';
import type { Expression } from '../nodes/expression.js';
import type { AnyNode } from '../nodes/statement.js';
import { toStr } from '../python/strings.js';
import { isTrue } from '../python/truth.js';
import { Run } from '../values/run.js';
import { isStr, type Str } from '../text/text.js';
import { Dict } from '../values/dict.js';
import { Range } from '../values/range.js';
import { Float, List, Tuple, type Value } from '../values/value.js';
import { Context, Frame, type Evaluate } from './frame.js';
import { nameless } from './literals.js';

/** For one expression; a template has at most `MOST_FOLDED` that are tried. */
const LIMITS: Limits = { work: 2_000, characters: 50_000 };
export const MOST_FOLDED = 5_000;

/** Filters that Jinja gives the context, and therefore never computes beforehand. */
const WITH_CONTEXT = new Set(['map', 'select', 'reject', 'selectattr', 'rejectattr']);

/**
 * Expressions whose value a constant part decides: `1 or x`, `2 < 1 < x`, `x if false else 1`. The
 * other parts are never looked at, so that a filter that does not exist is no error there.
 */
export type Decided = WeakSet<AnyNode>;

/** Whether an expression has neither names nor calls, but for those that do not matter. */
export function isConstant(node: AnyNode, decided: Decided): boolean {
  if (decided.has(node)) return true;
  if (node.kind === 'name' || node.kind === 'call') return false;
  if (node.kind === 'filter' && (node.operand === undefined || WITH_CONTEXT.has(node.name)))
    return false;
  return childrenOf(node).every((child) => isConstant(child, decided));
}

/** Whether the compiler puts the value in the place of an expression; literals stay. */
export function isFoldable(node: Expression, decided: Decided): boolean {
  switch (node.kind) {
    case 'constant':
    case 'tuple':
    case 'list':
    case 'dict':
    case 'slice':
      return false;
    case 'conditional':
      return decided.has(node) || (node.otherwise !== undefined && isConstant(node, decided));
    default:
      return isConstant(node, decided);
  }
}

function compute<T>(evaluate: (frame: Frame) => T): T | undefined {
  const run = new Run(LIMITS, { strftimeNow: undefined }, LOOKUP, undefined, true);
  const context = new Context(new Map(), new Map(), new Map());
  try {
    return evaluate(new Frame(run, context, 0));
  } catch (cause) {
    if (
      cause instanceof PythonError ||
      cause instanceof TemplateLimitError ||
      cause instanceof UnsupportedError
    )
      return undefined;
    throw cause;
  }
}

/** The value, where it can be computed and written down as source; else the expression. */
export function folded(evaluate: Evaluate): Evaluate {
  const value = compute(evaluate);
  if (value === undefined || !hasSource(value)) return evaluate;
  return isFinite(value) ? () => value : nameless(value);
}

/** What a constant expression is written as; undefined where it cannot be computed. */
export function constantText(evaluate: Evaluate): Str | undefined {
  return compute((frame) => toStr(frame.run, evaluate(frame)));
}

/** Whether a constant expression is true; undefined where it cannot be computed. */
export function constantTruth(evaluate: Evaluate): boolean | undefined {
  return compute((frame) => isTrue(frame.run, evaluate(frame)));
}

function hasSource(value: Value): boolean {
  if (value instanceof List || value instanceof Tuple) return value.items.every(hasSource);
  if (value instanceof Dict)
    return [...value.entries()].every((entry) => hasSource(entry.key) && hasSource(entry.value));
  return (
    value === null ||
    typeof value !== 'object' ||
    isStr(value) ||
    value instanceof Float ||
    value instanceof Range
  );
}

function isFinite(value: Value): boolean {
  if (value instanceof Float) return Number.isFinite(value.value);
  if (value instanceof List || value instanceof Tuple) return value.items.every(isFinite);
  if (value instanceof Dict)
    return [...value.entries()].every((entry) => isFinite(entry.key) && isFinite(entry.value));
  return true;
}
