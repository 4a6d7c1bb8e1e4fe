// `object[start:stop:step]`.
import { typeError, valueError } from '../failures/failure.js';
import { sliceArgument } from '../python/numbers.js';
import { sliceIndices } from '../text/slice-indices.js';
import { asMarkup } from '../python/strings.js';
import { typeName, undefinedError } from '../python/type-names.js';
import type { Run } from '../values/run.js';
import { slice } from '../text/slice.js';
import { isMarkup, isStr } from '../text/text.js';
import { Range } from '../values/range.js';
import { Undefined } from '../values/undefined.js';
import { List, Tuple, type Value } from '../values/value.js';

export interface SliceBounds {
  readonly start: Value;
  readonly stop: Value;
  readonly step: Value;
}

/** Errors: TypeError where the object has no slices, ValueError for a step of 0. */
export function getSlice(run: Run, object: Value, bounds: SliceBounds): Value {
  if (object instanceof Undefined) throw undefinedError(object);
  if (!isStr(object) && !isSequence(object))
    throw typeError(`'${typeName(object)}' object is not subscriptable by a slice`);
  const [start, stop] = [sliceArgument(bounds.start), sliceArgument(bounds.stop)];
  const step = sliceArgument(bounds.step) ?? 1;
  if (step === 0) throw valueError('slice step cannot be zero');
  if (isStr(object)) {
    const part = slice(run, object, start, stop, step);
    return isMarkup(object) ? asMarkup(run, part) : part;
  }
  if (object instanceof Range) return object.slice(start, stop, step);
  const items = sliceItems(run, object.items, start, stop, step);
  return object instanceof List ? new List(items) : new Tuple(items);
}

function isSequence(value: Value): value is List | Tuple | Range {
  return value instanceof List || value instanceof Tuple || value instanceof Range;
}

function sliceItems(
  run: Run,
  items: readonly Value[],
  start: number | undefined,
  stop: number | undefined,
  step: number,
): Value[] {
  const { first, count, last } = sliceIndices(items.length, start, stop, step);
  run.items(count);
  if (step === 1) return items.slice(first, last);
  const part: Value[] = [];
  for (let i = 0, at = first; i < count; i++, at += step) part.push(items[at] ?? null);
  return part;
}
