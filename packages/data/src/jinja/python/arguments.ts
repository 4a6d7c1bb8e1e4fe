// Arguments of methods and filters as the types that Python asks for.
import { typeError } from '../failures/failure.js';
import { isStr, type Str } from '../text/text.js';
import { Undefined } from '../values/undefined.js';
import type { Value } from '../values/value.js';
import { typeName, undefinedError } from './type-names.js';

/** A text. Errors: TypeError. */
export function strArgument(value: Value | undefined, name: string): Str {
  if (value !== undefined && isStr(value)) return value;
  throw typeError(`${name} must be str, not ${typeName(value ?? null)}`);
}

/** A text; undefined where it is None or left out. */
export function optionalStr(value: Value | undefined, name: string): Str | undefined {
  return value === undefined || value === null ? undefined : strArgument(value, name);
}

/** Refuses what is undefined. */
export function defined<T extends Value>(value: T): Exclude<T, Undefined> {
  if (value instanceof Undefined) throw undefinedError(value);
  return value as Exclude<T, Undefined>;
}
