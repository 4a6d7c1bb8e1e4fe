// The names of types as Python's messages have them, and keys as they are shown there.
import { isMarkup, isStr, charactersOf } from '../text/text.js';
import { Undefined } from '../values/undefined.js';
import { Dict } from '../values/dict.js';
import { Float, List, PythonObject, Tuple, type Value } from '../values/value.js';
import { floatRepr } from './floats.js';
import { quote } from './quote.js';

export function typeName(value: Value): string {
  if (value === null) return 'NoneType';
  if (isStr(value)) return isMarkup(value) ? 'Markup' : 'str';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number' || typeof value === 'bigint') return 'int';
  if (value instanceof Float) return 'float';
  if (value instanceof List) return 'list';
  if (value instanceof Tuple) return 'tuple';
  if (value instanceof Dict) return 'dict';
  return value instanceof Undefined ? 'Undefined' : value.typeName;
}

/** As Jinja's `object_type_repr`. */
function describeType(value: Value): string {
  if (value === null) return 'None';
  if (isMarkup(value)) return 'markupsafe.Markup object';
  if (value instanceof PythonObject && value.module !== undefined)
    return `${value.module}.${value.typeName} object`;
  return `${typeName(value)} object`;
}

function describeKey(value: Value): string {
  if (isStr(value)) return quote(charactersOf(value));
  if (value instanceof Float) return floatRepr(value.value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value === null) return 'None';
  return typeof value === 'object' ? typeName(value) : String(value);
}

/** The error of using what is undefined. */
export function undefinedError(value: Undefined): Error {
  return value.failure({ type: describeType, key: describeKey });
}
