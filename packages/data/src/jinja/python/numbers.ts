// Numbers among values: bool, int and float as JavaScript compares them, and arguments that have to
// be whole numbers.
import { typeError, PythonError } from '../failures/failure.js';
import { Undefined } from '../values/undefined.js';
import { Float, type Int, type Value } from '../values/value.js';
import { typeName, undefinedError } from './type-names.js';

/** A bool or int as an int; undefined where the value is neither. */
export function intOf(value: Value): Int | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return undefined;
}

/** Any number as JavaScript compares it; undefined where the value is none. */
export function numeric(value: Value): Int | undefined {
  return value instanceof Float ? value.value : intOf(value);
}

/** Whether two numbers are equal, however they are held. */
export function sameNumber(one: Int, other: Int): boolean {
  return !(one < other) && !(one > other) && one === one && other === other;
}

/** A number as a float. Errors: OverflowError. */
export function toFloat(value: Int): number {
  const float = Number(value);
  if (!Number.isFinite(float) && typeof value === 'bigint')
    throw new PythonError('OverflowError', 'int too large to convert to float');
  return float;
}

/** An argument that has to be an int, as an exact JavaScript number where it is one. */
export function integerArgument(value: Value): Int {
  const int = intOf(value);
  if (int !== undefined) return int;
  if (value instanceof Undefined) throw undefinedError(value);
  throw typeError(`'${typeName(value)}' object cannot be interpreted as an integer`);
}

/** The same as a number, where too large ones do not matter but as large. Errors: OverflowError. */
export function sizeArgument(value: Value): number {
  const int = integerArgument(value);
  if (typeof int === 'bigint')
    throw new PythonError('OverflowError', 'Python int too large to convert to C ssize_t');
  return int;
}

/** An index of a slice: None and what is left out are undefined, large ones are bounded. */
export function sliceArgument(value: Value | undefined): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (value instanceof Undefined) throw undefinedError(value);
  const int = intOf(value);
  if (int === undefined)
    throw typeError('slice indices must be integers or None or have an __index__ method');
  if (typeof int === 'number') return int;
  return int < 0n ? -Number.MAX_SAFE_INTEGER : Number.MAX_SAFE_INTEGER;
}
