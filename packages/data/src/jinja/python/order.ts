// `<` and its kin, and sorting.
import { typeError } from '../failures/failure.js';
import type { Run } from '../values/run.js';
import { compare } from '../text/search.js';
import { isStr } from '../text/text.js';
import { Undefined } from '../values/undefined.js';
import { List, Tuple, type Value } from '../values/value.js';
import { isSameOrEqual } from './equality.js';
import { numeric } from './numbers.js';
import { typeName, undefinedError } from './type-names.js';

export type Ordering = '<' | '<=' | '>' | '>=';

/** `one OPERATOR other`. Errors: TypeError for types that have no order. */
export function isOrdered(run: Run, operator: Ordering, one: Value, other: Value): boolean {
  if (isStr(one) && isStr(other)) return holds(operator, compare(run, one, other), 0);
  const [a, b] = [numeric(one), numeric(other)];
  if (a !== undefined && b !== undefined) return holds(operator, a, b);
  if (one instanceof List && other instanceof List)
    return areOrdered(run, operator, one.items, other.items);
  if (one instanceof Tuple && other instanceof Tuple)
    return areOrdered(run, operator, one.items, other.items);
  for (const value of [one, other]) if (value instanceof Undefined) throw undefinedError(value);
  throw typeError(
    `'${operator}' not supported between instances of '${typeName(one)}' and '${typeName(other)}'`,
  );
}

function holds(operator: Ordering, a: number | bigint, b: number | bigint): boolean {
  switch (operator) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
  }
}

function areOrdered(
  run: Run,
  operator: Ordering,
  one: readonly Value[],
  other: readonly Value[],
): boolean {
  const length = Math.min(one.length, other.length);
  run.spend(2 + length);
  for (let i = 0; i < length; i++) {
    const [a, b] = [one[i] ?? null, other[i] ?? null];
    if (isSameOrEqual(run, a, b)) continue;
    run.enter(4);
    const ordered = isOrdered(run, operator, a, b);
    run.leave(4);
    return ordered;
  }
  return holds(operator, one.length, other.length);
}

/** Sorts as `sorted` does: stable, in reverse too. */
export function sorted<T>(
  run: Run,
  items: readonly T[],
  keyOf: (item: T) => Value,
  reverse: boolean,
): T[] {
  run.items(items.length * Math.log2(items.length + 2) * 4);
  const keyed = items.map((item) => ({ item, key: keyOf(item) }));
  if (reverse) keyed.reverse();
  const inOrder = mergeSort(keyed, (a, b) => isOrdered(run, '<', b.key, a.key));
  if (reverse) inOrder.reverse();
  return inOrder.map(({ item }) => item);
}

/** `isAfter(a, b)`: b has to come before a. `Array.sort` asks more than Python does of an order. */
function mergeSort<T>(items: readonly T[], isAfter: (a: T, b: T) => boolean): T[] {
  if (items.length < 2) return [...items];
  const middle = items.length >> 1;
  const left = mergeSort(items.slice(0, middle), isAfter);
  const right = mergeSort(items.slice(middle), isAfter);
  const merged: T[] = [];
  let [i, j] = [0, 0];
  while (i < left.length && j < right.length) {
    const [a, b] = [left[i] as T, right[j] as T];
    if (isAfter(a, b)) {
      merged.push(b);
      j++;
    } else {
      merged.push(a);
      i++;
    }
  }
  return [...merged, ...left.slice(i), ...right.slice(j)];
}
