// reversed(): items from the last to the first, as the iterator that Python makes of each type.
import { PythonError } from '../failures/failure.js';
import { isIterable, toArray } from '../python/iteration.js';
import { asMarkup } from '../python/strings.js';
import type { Run } from '../values/run.js';
import { slice } from '../text/slice.js';
import { isMarkup, isStr } from '../text/text.js';
import { Dict } from '../values/dict.js';
import { DictItems, DictKeys, DictValues } from '../objects/dict-views.js';
import { PythonIterator } from '../values/iterator.js';
import { Range } from '../values/range.js';
import { Undefined } from '../values/undefined.js';
import { List, Tuple, type Value } from '../values/value.js';

/** The items in reverse; undefined where an object cannot be gone through so. */
export function reversedItems(run: Run, value: Value): Value[] | undefined {
  return isStr(value) || iteratorName(value) !== undefined
    ? [...toArray(run, value)].reverse()
    : undefined;
}

/** The name of the iterator that `reversed` gives. */
function iteratorName(value: Value): string | undefined {
  if (value instanceof List) return 'list_reverseiterator';
  if (value instanceof Tuple || value instanceof Undefined) return 'reversed';
  if (value instanceof Dict || value instanceof DictKeys) return 'dict_reversekeyiterator';
  if (value instanceof DictValues) return 'dict_reversevalueiterator';
  if (value instanceof DictItems) return 'dict_reverseitemiterator';
  return value instanceof Range ? 'range_iterator' : undefined;
}

/** Jinja's filter `reverse`. Errors: FilterArgumentError for what is not iterable. */
export function reversedValue(run: Run, value: Value): Value {
  if (isStr(value)) {
    const text = slice(run, value, undefined, undefined, -1);
    return isMarkup(value) ? asMarkup(run, text) : text;
  }
  const name = iteratorName(value);
  if (name === undefined && !isIterable(value))
    throw new PythonError('FilterArgumentError', 'argument must be iterable');
  const items = [...toArray(run, value)].reverse();
  if (name === undefined) return new List(items);
  let index = 0;
  return new PythonIterator(name, () => items[index++]);
}
