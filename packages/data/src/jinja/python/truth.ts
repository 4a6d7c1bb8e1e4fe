// bool(value).
import type { Run } from '../values/run.js';
import { isEmpty } from '../text/search.js';
import { Text } from '../text/text.js';
import { Dict } from '../values/dict.js';
import { Undefined } from '../values/undefined.js';
import { Float, List, Tuple, type Value, type ValueObject } from '../values/value.js';

export function isTrue(run: Run, value: Value): boolean {
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'string':
      return value !== '';
    case 'number':
      return value !== 0;
    case 'bigint':
      return true;
    default:
      return isTrueObject(run, value);
  }
}

function isTrueObject(run: Run, value: ValueObject | null): boolean {
  if (value === null || value instanceof Undefined) return false;
  if (value instanceof Text) return !isEmpty(run, value);
  if (value instanceof List || value instanceof Tuple) return value.items.length > 0;
  if (value instanceof Dict) return value.size > 0;
  if (value instanceof Float) return value.value !== 0;
  return value.isTrue(run);
}
