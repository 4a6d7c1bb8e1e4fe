// Plain JavaScript values, as JSON.parse gives them, as a template's values: whole numbers are
// ints, others floats. What is no such value is refused.
import { AutomodelError } from '@automodel/core';
import { intOfNumber } from './ints.js';
import { Text } from '../text/text.js';
import { Dict, hashOfText } from './dict.js';
import { Undefined } from './undefined.js';
import { Float, List, PythonObject, Tuple, type Value } from './value.js';

/** Values within each other, as deep as a template could print them. */
export const DEEPEST_VALUE = 150;

/**
 * Values of a template stay as they are; keys that are undefined are left out. Errors: `bad-data`
 * for functions, symbols and values that are too deep.
 */
export function fromJavaScript(value: unknown): Value {
  return convert(value, 0);
}

function convert(value: unknown, depth: number): Value {
  if (depth > DEEPEST_VALUE)
    throw new AutomodelError('bad-data', `values are more than ${DEEPEST_VALUE} levels deep`);
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isInteger(value) ? intOfNumber(value) : new Float(value);
    case 'bigint':
      return value >= SMALLEST && value <= LARGEST ? Number(value) : value;
    case 'undefined':
      return null;
    case 'object':
      return value === null ? null : convertObject(value, depth);
    default:
      throw new AutomodelError('bad-data', `a ${typeof value} is no value of a template`);
  }
}

const LARGEST = BigInt(Number.MAX_SAFE_INTEGER);
const SMALLEST = -LARGEST;

function isValue(
  value: object,
): value is Exclude<Value, null | string | number | bigint | boolean> {
  return (
    value instanceof Text ||
    value instanceof Float ||
    value instanceof List ||
    value instanceof Tuple ||
    value instanceof Dict ||
    value instanceof Undefined ||
    value instanceof PythonObject
  );
}

function convertObject(value: object, depth: number): Value {
  if (isValue(value)) return value;
  if (Array.isArray(value)) return new List(value.map((item: unknown) => convert(item, depth + 1)));
  const dict = new Dict();
  for (const [key, item] of Object.entries(value))
    if (item !== undefined) dict.set(hashOfText(key), key, convert(item, depth + 1));
  return dict;
}
