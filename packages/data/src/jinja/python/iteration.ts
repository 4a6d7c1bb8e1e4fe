// Going through values: iter(), list(), len() and `in`.
import { typeError } from '../failures/failure.js';
import type { Run } from '../values/run.js';
import { contains, lengthOf } from '../text/search.js';
import { characters } from '../text/split.js';
import { isStr } from '../text/text.js';
import { Dict } from '../values/dict.js';
import { Undefined } from '../values/undefined.js';
import { List, PythonObject, Tuple, type Next, type Value } from '../values/value.js';
import { isSameOrEqual } from './equality.js';
import { hashOf } from './hash.js';
import { typeName } from './type-names.js';

/** The items that are there without asking for them one by one; undefined for objects. */
function itemsOf(run: Run, value: Value): readonly Value[] | undefined {
  if (value instanceof List || value instanceof Tuple) return value.items;
  if (value instanceof Dict) return Array.from(value.entries(), ({ key }) => key);
  if (isStr(value)) {
    const length = lengthOf(run, value);
    run.items(length);
    return characters(run, value);
  }
  return value instanceof Undefined ? [] : undefined;
}

export function isIterable(value: Value): boolean {
  if (value instanceof PythonObject) return value.iterate !== undefined;
  return typeof value === 'object'
    ? value instanceof Undefined || isContainer(value)
    : isStr(value);
}

function isContainer(value: Value): boolean {
  return isStr(value) || value instanceof List || value instanceof Tuple || value instanceof Dict;
}

/** `iter(value)`. Errors: TypeError. */
export function iterate(run: Run, value: Value): Next {
  const items = itemsOf(run, value);
  if (items !== undefined) {
    let index = 0;
    return () => items[index++];
  }
  if (value instanceof PythonObject && value.iterate !== undefined) return value.iterate(run);
  throw typeError(`'${typeName(value)}' object is not iterable`);
}

/** The items of an iterable. Errors: TypeError. */
export function toArray(run: Run, value: Value): readonly Value[] {
  const items = itemsOf(run, value);
  if (items !== undefined) {
    run.items(items.length);
    return items;
  }
  const next = iterate(run, value);
  const collected: Value[] = [];
  for (let item = next(); item !== undefined; item = next()) {
    run.items(1);
    collected.push(item);
  }
  return collected;
}

/** `len(value)`; undefined where there is no length. */
export function lengthIfAny(run: Run, value: Value): number | undefined {
  if (isStr(value)) return lengthOf(run, value);
  if (value instanceof List || value instanceof Tuple) return value.items.length;
  if (value instanceof Dict) return value.size;
  if (value instanceof Undefined) return 0;
  return value instanceof PythonObject ? value.length?.(run) : undefined;
}

/** `len(value)`. Errors: TypeError. */
export function length(run: Run, value: Value): number {
  const size = lengthIfAny(run, value);
  if (size === undefined) throw typeError(`object of type '${typeName(value)}' has no len()`);
  return size;
}

/** `value in container`. Errors: TypeError. */
export function isIn(run: Run, value: Value, container: Value): boolean {
  if (isStr(container)) {
    if (!isStr(value))
      throw typeError(`'in <string>' requires string as left operand, not ${typeName(value)}`);
    return contains(run, container, value);
  }
  if (container instanceof Dict) return container.has(hashOf(run, value));
  if (container instanceof PythonObject && container.contains !== undefined)
    return container.contains(run, value);
  if (!isIterable(container))
    throw typeError(`argument of type '${typeName(container)}' is not iterable`);
  const next = iterate(run, container);
  for (let item = next(); item !== undefined; item = next()) {
    run.items(1);
    if (isSameOrEqual(run, item, value)) return true;
  }
  return false;
}
