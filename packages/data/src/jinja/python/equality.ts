// `==` between any two values.
import type { Run } from '../values/run.js';
import { isEqual } from '../text/search.js';
import { isStr } from '../text/text.js';
import { Dict } from '../values/dict.js';
import { Undefined } from '../values/undefined.js';
import { List, PythonObject, Tuple, type Value } from '../values/value.js';
import { numeric, sameNumber } from './numbers.js';

/** Levels that comparing a value within a value takes. */
const LEVELS = 4;

export function equals(run: Run, one: Value, other: Value): boolean {
  if (isStr(one)) return isStr(other) && isEqual(run, one, other);
  if (one === null) return other === null;
  const number = numeric(one);
  if (number !== undefined) {
    const against = numeric(other);
    return against !== undefined && sameNumber(number, against);
  }
  if (one instanceof List) return other instanceof List && sameItems(run, one.items, other.items);
  if (one instanceof Tuple) return other instanceof Tuple && sameItems(run, one.items, other.items);
  if (one instanceof Dict) return other instanceof Dict && sameEntries(run, one, other);
  if (one instanceof Undefined) return other instanceof Undefined;
  if (one instanceof PythonObject) return one.equals(run, other);
  return false;
}

/** As containers compare: the same object is equal, whatever it says itself. */
export function isSameOrEqual(run: Run, one: Value, other: Value): boolean {
  return (one === other && !isStr(one)) || equals(run, one, other);
}

export function sameItems(run: Run, one: readonly Value[], other: readonly Value[]): boolean {
  if (one.length !== other.length) return false;
  run.spend(2 + one.length);
  run.enter(LEVELS);
  const same = one.every((item, i) => isSameOrEqual(run, item, other[i] ?? null));
  run.leave(LEVELS);
  return same;
}

function sameEntries(run: Run, one: Dict, other: Dict): boolean {
  if (one.size !== other.size) return false;
  run.spend(2 + one.size);
  run.enter(LEVELS);
  let same = true;
  for (const [hash, { value }] of one.hashed()) {
    const against = other.get(hash);
    if (against === undefined || !isSameOrEqual(run, value, against)) {
      same = false;
      break;
    }
  }
  run.leave(LEVELS);
  return same;
}

/** `is`: the same object. Texts that are equal are taken for the same where Python keeps one. */
export function isSame(run: Run, one: Value, other: Value): boolean {
  if (isStr(one) && isStr(other)) return isEqual(run, one, other);
  return one === other;
}
