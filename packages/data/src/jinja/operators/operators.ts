// The binary operators on any values: numbers are calculated, texts and lists joined and repeated,
// `%` formats.
import { PythonError, typeError } from '../failures/failure.js';
import { textLength } from '../text/size.js';
import { calculate, signed, type Operator } from '../python/arithmetic.js';
import { escape } from '../python/escape.js';
import { intOf } from '../python/numbers.js';
import { percentFormat } from '../python/percent-format.js';
import { asMarkup, repr } from '../python/strings.js';
import { typeName, undefinedError } from '../python/type-names.js';
import type { Run } from '../values/run.js';
import { concat, recast } from '../text/join.js';
import { repeat } from '../text/pad.js';
import { isMarkup, isStr, type Str } from '../text/text.js';
import { Undefined } from '../values/undefined.js';
import { List, Tuple, type Int, type Value } from '../values/value.js';

/** `left OPERATOR right`. Errors: TypeError, ZeroDivisionError and others as Python's. */
export function operate(run: Run, operator: Operator, left: Value, right: Value): Value {
  const result = calculate(operator, left, right) ?? joined(run, operator, left, right);
  if (result !== undefined) return result;
  for (const value of [left, right]) if (value instanceof Undefined) throw undefinedError(value);
  throw typeError(
    `unsupported operand type(s) for ${operator}: '${typeName(left)}' and '${typeName(right)}'`,
  );
}

function joined(run: Run, operator: Operator, left: Value, right: Value): Value | undefined {
  switch (operator) {
    case '+':
      return add(run, left, right);
    case '*':
      return multiply(run, left, right) ?? multiply(run, right, left);
    case '%':
      return isStr(left) ? format(run, left, right) : undefined;
    default:
      return undefined;
  }
}

function add(run: Run, left: Value, right: Value): Value | undefined {
  if (isStr(left) && isStr(right)) return addTexts(run, left, right);
  if (left instanceof List && right instanceof List) {
    run.items(left.items.length + right.items.length);
    return new List([...left.items, ...right.items]);
  }
  if (left instanceof Tuple && right instanceof Tuple) {
    run.items(left.items.length + right.items.length);
    return new Tuple([...left.items, ...right.items]);
  }
  return undefined;
}

function addTexts(run: Run, left: Str, right: Str): Str {
  run.room(textLength(left) + textLength(right));
  if (!isMarkup(left) && !isMarkup(right)) return concat(run, [left, right]);
  return asMarkup(run, concat(run, [escape(run, left), escape(run, right)]));
}

/** A text or list repeated; undefined where it is neither, or the times are no int. */
function multiply(run: Run, repeated: Value, times: Value): Value | undefined {
  const given = intOf(times);
  if (given === undefined) return undefined;
  const isSequence = isStr(repeated) || repeated instanceof List || repeated instanceof Tuple;
  if (!isSequence) return undefined;
  const count = repetitions(given);
  if (isStr(repeated)) {
    run.room(textLength(repeated) * count);
    const text = repeat(run, repeated, textLength(repeated) === 0 ? 0 : count);
    return isMarkup(repeated) ? asMarkup(run, text) : text;
  }
  run.items(repeated.items.length * count);
  const length = repeated.items.length === 0 ? 0 : count;
  const items = Array.from({ length }, () => repeated.items).flat();
  return repeated instanceof List ? new List(items) : new Tuple(items);
}

/** Errors: OverflowError beyond what Python can index. */
function repetitions(times: Int): number {
  if (times >= LARGEST_INDEX || times < -LARGEST_INDEX)
    throw new PythonError('OverflowError', "cannot fit 'int' into an index-sized integer");
  return Math.max(0, Number(times));
}

const LARGEST_INDEX = 1n << 63n;

/** `left % right`: one piece. */
export function format(run: Run, left: Str, right: Value): Str {
  if (!isMarkup(left)) return recast(run, concat(run, percentFormat(run, left, right)), left);
  const parts = percentFormat(run, left, right, {
    str: (value) => escape(run, value),
    repr: (value) => escape(run, repr(run, value)),
  });
  return asMarkup(run, recast(run, concat(run, parts), left));
}

/** `-value` or `+value`. */
export function sign(operator: '+' | '-', value: Value): Value {
  const result = signed(operator, value);
  if (result !== undefined) return result;
  if (value instanceof Undefined) throw undefinedError(value);
  throw typeError(`bad operand type for unary ${operator}: '${typeName(value)}'`);
}
