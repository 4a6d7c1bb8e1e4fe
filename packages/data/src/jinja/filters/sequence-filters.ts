// Filters that take an iterable and give a value: sorting, grouping, first and last, sums.
import { PythonError, typeError } from '../failures/failure.js';
import { operate } from '../operators/operators.js';
import { joinStrs } from '../methods/str-parts.js';
import { isSameOrEqual } from '../python/equality.js';
import { iterate, length, toArray } from '../python/iteration.js';
import { isOrdered, sorted } from '../python/order.js';
import { toStr } from '../python/strings.js';
import { isTrue } from '../python/truth.js';
import { typeName, undefinedError } from '../python/type-names.js';
import type { Run } from '../values/run.js';
import { lower } from '../text/case.js';
import { read } from '../text/search.js';
import { isStr } from '../text/text.js';
import { builtin, tableOf, type Bound } from '../values/builtin.js';
import { Dict, type Entry } from '../values/dict.js';
import { Undefined } from '../values/undefined.js';
import { List, Tuple, type Value } from '../values/value.js';
import { attributeGetter, attributesGetter, type Getter } from './attributes.js';
import { reversedItems, reversedValue } from './reversed.js';

function isSet(run: Run, value: Value | undefined): boolean {
  return value !== undefined && isTrue(run, value);
}

function nothing(hint: string): Undefined {
  return new Undefined(null, { hint });
}

function first(run: Run, value: Value): Value {
  const item = iterate(run, value)();
  return item === undefined ? nothing('No first item, sequence was empty.') : item;
}

function last(run: Run, value: Value): Value {
  const items = reversedItems(run, value);
  if (items === undefined) throw typeError(`'${typeName(value)}' object is not reversible`);
  const [item] = items;
  return item === undefined ? nothing('No last item, sequence was empty.') : item;
}

function join(run: Run, value: Value, [separator = '', attribute]: Bound): Value {
  const getter = getterOf(run, attribute);
  const texts = toArray(run, value).map((item) => toStr(run, getter(item)));
  return joinStrs(run, toStr(run, separator), texts);
}

function getterOf(run: Run, attribute: Value | undefined): Getter {
  return attribute === undefined || attribute === null
    ? (item) => item
    : attributeGetter(run, attribute);
}

function sort(run: Run, value: Value, [reverse, caseSensitive, attribute]: Bound): Value {
  const keyOf = attributesGetter(run, attribute ?? null, !isSet(run, caseSensitive));
  return new List(sorted(run, toArray(run, value), keyOf, isSet(run, reverse)));
}

function extreme(operator: '<' | '>') {
  return (run: Run, value: Value, [caseSensitive, attribute]: Bound): Value => {
    const foldsCase = !isSet(run, caseSensitive);
    const keyOf = attributeGetter(run, attribute ?? null, { foldsCase });
    let best: { readonly item: Value; readonly key: Value } | undefined;
    for (const item of toArray(run, value)) {
      const key = keyOf(item);
      if (best === undefined || isOrdered(run, operator, key, best.key)) best = { item, key };
    }
    return best?.item === undefined
      ? nothing('No aggregated item, sequence was empty.')
      : best.item;
  };
}

function dictsort(run: Run, value: Value, [caseSensitive, by, reverse]: Bound): Value {
  if (value instanceof Undefined) throw undefinedError(value);
  const name = by === undefined ? 'key' : isStr(by) && read(run, by);
  if (name !== 'key' && name !== 'value')
    throw new PythonError('FilterArgumentError', 'You can only sort by either "key" or "value"');
  if (!(value instanceof Dict)) throw typeError(`'${typeName(value)}' has no items`);
  const folds = !isSet(run, caseSensitive);
  const keyOf = (entry: Entry): Value => {
    const key = entry[name];
    return folds && isStr(key) ? lower(run, key) : key;
  };
  const entries = sorted(run, [...value.entries()], keyOf, isSet(run, reverse));
  return new List(entries.map((entry) => new Tuple([entry.key, entry.value])));
}

function groupby(run: Run, value: Value, [attribute, usual = null, caseSensitive]: Bound): Value {
  const isSensitive = isSet(run, caseSensitive);
  const keyOf = attributeGetter(run, attribute ?? null, { foldsCase: !isSensitive, usual });
  const nameOf = attributeGetter(run, attribute ?? null, { usual });
  const groups: { key: Value; items: Value[] }[] = [];
  for (const item of sorted(run, toArray(run, value), keyOf, false)) {
    const key = keyOf(item);
    const group = groups.at(-1);
    if (group !== undefined && isSameOrEqual(run, group.key, key)) group.items.push(item);
    else groups.push({ key, items: [item] });
  }
  return new List(
    groups.map(({ key, items }) => {
      const grouper = isSensitive ? key : nameOf(items[0] ?? null);
      return new Tuple([grouper, new List(items)], ['grouper', 'list']);
    }),
  );
}

function sum(run: Run, value: Value, [attribute, start = 0]: Bound): Value {
  const getter = getterOf(run, attribute);
  if (isStr(start)) throw typeError("sum() can't sum strings [use ''.join(seq) instead]");
  let total: Value = start;
  for (const item of toArray(run, value)) total = operate(run, '+', total, getter(item));
  return total;
}

export const sequenceFilters = tableOf<Value>(
  builtin('first', '', first),
  builtin('last', '', last),
  builtin('length', '/', length),
  builtin('count', '/', length),
  builtin('join', 'd? attribute?', join),
  builtin('list', '', (run, value) => new List(toArray(run, value))),
  builtin('reverse', '', reversedValue),
  builtin('sort', 'reverse? case_sensitive? attribute?', sort),
  builtin('min', 'case_sensitive? attribute?', extreme('<')),
  builtin('max', 'case_sensitive? attribute?', extreme('>')),
  builtin('dictsort', 'case_sensitive? by? reverse?', dictsort),
  builtin('groupby', 'attribute default? case_sensitive?', groupby),
  builtin('sum', 'attribute? start?', sum),
);
