// Filters that give generators: nothing of them is done, and no mistake in them seen, before
// someone asks for an item.
import { PythonError, typeError } from '../failures/failure.js';
import { operate } from '../operators/operators.js';
import { equals } from '../python/equality.js';
import { hashOf } from '../python/hash.js';
import { iterate, toArray } from '../python/iteration.js';
import { intOf, integerArgument } from '../python/numbers.js';
import { isTrue } from '../python/truth.js';
import type { Run } from '../values/run.js';
import { builtin, tableOf, variadic, type Bound, type Builtin } from '../values/builtin.js';
import { Dict, type Hash } from '../values/dict.js';
import { DictItems } from '../objects/dict-views.js';
import { PythonIterator } from '../values/iterator.js';
import { Undefined } from '../values/undefined.js';
import { List, type Named, type Value } from '../values/value.js';
import { attributeGetter, type Getter } from './attributes.js';
import { callFilter, callTest } from './call-by-name.js';

function* itemsOf(run: Run, value: Value): Generator<Value> {
  const next = iterate(run, value);
  for (let item = next(); item !== undefined; item = next()) {
    run.items(1);
    yield item;
  }
}

function lazily(name: string, values: () => Iterator<Value>): PythonIterator {
  return PythonIterator.generator(name, values);
}

function mapping(run: Run, args: readonly Value[], named: Named): Getter {
  const attribute = named.get('attribute');
  if (args.length === 0 && attribute !== undefined) {
    const unexpected = [...named.keys()].find((name) => name !== 'attribute' && name !== 'default');
    if (unexpected !== undefined)
      throw new PythonError('FilterArgumentError', `Unexpected keyword argument '${unexpected}'`);
    return attributeGetter(run, attribute, { usual: named.get('default') ?? null });
  }
  const [name, ...rest] = args;
  if (name === undefined)
    throw new PythonError('FilterArgumentError', 'map requires a filter argument');
  return (item) => callFilter(run, name, item, rest, named);
}

const map = variadic<Value>('map', (run, value, args, named) =>
  lazily('sync_do_map', function* () {
    if (!isTrue(run, value)) return;
    const change = mapping(run, args, named);
    for (const item of itemsOf(run, value)) yield change(item);
  }),
);

/** What `select` and its kin ask of an item. */
function condition(
  run: Run,
  args: readonly Value[],
  named: Named,
  byAttribute: boolean,
): (item: Value) => boolean {
  const [attribute] = args;
  if (byAttribute && attribute === undefined)
    throw new PythonError('FilterArgumentError', 'Missing parameter for attribute name');
  const getter: Getter =
    byAttribute && attribute !== undefined ? attributeGetter(run, attribute) : (item) => item;
  const [name, ...rest] = byAttribute ? args.slice(1) : args;
  if (name === undefined) return (item) => isTrue(run, getter(item));
  return (item) => isTrue(run, callTest(run, name, getter(item), rest, named));
}

function selection(name: string, selects: boolean, byAttribute: boolean): Builtin {
  return variadic(name, (run, value, args, named) =>
    lazily('select_or_reject', function* () {
      if (!isTrue(run, value)) return;
      const holds = condition(run, args, named, byAttribute);
      for (const item of itemsOf(run, value)) if (holds(item) === selects) yield item;
    }),
  );
}

function unique(run: Run, value: Value, [caseSensitive, attribute]: Bound): Value {
  const foldsCase = caseSensitive === undefined || !isTrue(run, caseSensitive);
  return lazily('sync_do_unique', function* () {
    const keyOf = attributeGetter(run, attribute ?? null, { foldsCase });
    const seen = new Set<Hash>();
    for (const item of itemsOf(run, value)) {
      const hash = hashOf(run, keyOf(item));
      if (!seen.has(hash)) yield item;
      seen.add(hash);
    }
  });
}

function batch(run: Run, value: Value, [count = null, filling]: Bound): Value {
  return lazily('do_batch', function* () {
    let items: Value[] = [];
    for (const item of itemsOf(run, value)) {
      if (equals(run, items.length, count)) {
        yield new List(items);
        items = [];
      }
      items.push(item);
    }
    if (items.length === 0) return;
    if (filling !== undefined && filling !== null) fillUp(run, items, count, filling);
    yield new List(items);
  });
}

function fillUp(run: Run, items: Value[], count: Value, filling: Value): void {
  const missing = operate(run, '-', count, items.length);
  const number = intOf(missing);
  if (number === undefined) throw typeError(`can't multiply sequence by non-int`);
  run.items(Math.max(0, Number(number)));
  for (let left = Number(number); left > 0; left--) items.push(filling);
}

function slices(run: Run, value: Value, [count = null, filling]: Bound): Value {
  return lazily('sync_do_slice', function* () {
    const items = toArray(run, value);
    const each = Number(integerArgument(operate(run, '//', items.length, count)));
    const withExtra = Number(integerArgument(operate(run, '%', items.length, count)));
    const number = Number(integerArgument(count));
    let offset = 0;
    for (let i = 0; i < number; i++) {
      run.items(each + 1);
      const start = offset + i * each;
      if (i < withExtra) offset++;
      const slice = items.slice(start, offset + (i + 1) * each);
      if (filling !== undefined && filling !== null && i >= withExtra) slice.push(filling);
      yield new List(slice);
    }
  });
}

function items(run: Run, value: Value): Value {
  return lazily('do_items', function* () {
    if (value instanceof Undefined) return;
    if (!(value instanceof Dict)) throw typeError('Can only get item pairs from a mapping.');
    run.items(value.size);
    yield* new DictItems(value).values();
  });
}

export const lazyFilters = tableOf<Value>(
  map,
  selection('select', true, false),
  selection('reject', false, false),
  selection('selectattr', true, true),
  selection('rejectattr', false, true),
  builtin('unique', 'case_sensitive? attribute?', unique),
  builtin('batch', 'linecount fill_with?', batch),
  builtin('slice', 'slices fill_with?', slices),
  builtin('items', '', items),
);
