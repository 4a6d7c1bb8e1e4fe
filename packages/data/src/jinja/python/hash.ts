// What a value is found by in a dict: the same for values that are equal. Errors: TypeError where
// Python's hash() raises it.
import { typeError } from '../failures/failure.js';
import type { Run } from '../values/run.js';
import { read } from '../text/search.js';
import { isStr } from '../text/text.js';
import { Dict, hashOfText, type Hash } from '../values/dict.js';
import { Range } from '../values/range.js';
import { Undefined } from '../values/undefined.js';
import { Float, List, PythonObject, Tuple, type Value } from '../values/value.js';
import { typeName } from './type-names.js';

const UNDEFINED_HASH = {};
const numbers = new WeakMap<object, number>();
let numbered = 0;

export function hashOf(run: Run, value: Value): Hash {
  if (isStr(value)) return hashOfText(read(run, value));
  if (value === null || typeof value === 'number' || typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof Float) return hashOfFloat(value);
  if (value instanceof Tuple) return hashOfTuple(run, value);
  if (value instanceof Undefined) return UNDEFINED_HASH;
  if (!isHashable(value)) throw typeError(`unhashable type: '${typeName(value)}'`);
  if (value instanceof Range) {
    const { size, start, step } = value;
    return `\u0000r${size}:${size > 0 ? start : ''}:${size > 1 ? step : ''}`;
  }
  return value;
}

/** Whether a value that is no tuple has a hash. */
function isHashable(value: Value): boolean {
  return !(
    value instanceof List ||
    value instanceof Dict ||
    (value instanceof PythonObject && !value.isHashable)
  );
}

/** Whether `hashOf` gives a hash, and no TypeError. */
export function hasHash(value: Value): boolean {
  return value instanceof Tuple ? value.items.every(hasHash) : isHashable(value);
}

function hashOfFloat(float: Float): Hash {
  const { value } = float;
  if (Number.isNaN(value)) return float;
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? BigInt(value) : value;
}

/** Written as a text that no text has as its hash. */
function hashOfTuple(run: Run, tuple: Tuple): string {
  run.enter(4);
  run.spend(2 + tuple.items.length);
  const parts = tuple.items.map((item) => {
    const hash = hashOf(run, item);
    if (typeof hash === 'object' && hash !== null) return `o${numberOf(hash)}`;
    return typeof hash === 'string' ? JSON.stringify(hash) : `${typeof hash}${hash}`;
  });
  run.leave(4);
  const hash = `\u0000t(${parts.join()})`;
  run.room(hash.length);
  return hash;
}

function numberOf(object: object): number {
  let number = numbers.get(object);
  if (number === undefined) numbers.set(object, (number = numbered++));
  return number;
}
