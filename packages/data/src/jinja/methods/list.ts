// Methods of list and tuple. Those that change a list are refused by the sandbox (type-info.ts).
import { valueError } from '../failures/failure.js';
import { isSameOrEqual } from '../python/equality.js';
import { sliceArgument } from '../python/numbers.js';
import type { Run } from '../values/run.js';
import { builtin, tableOf, type Builtin } from '../values/builtin.js';
import { List, type Tuple, type Value } from '../values/value.js';

function countMethod<S extends List | Tuple>(): Builtin<S> {
  return builtin('count', 'value /', (run, { items }, [value]) => {
    run.items(items.length);
    return items.filter((item) => isSameOrEqual(run, item, value ?? null)).length;
  });
}

function indexMethod<S extends List | Tuple>(): Builtin<S> {
  return builtin('index', 'value start? stop? /', (run, { items }, [value, start, stop]) => {
    run.items(items.length);
    const from = boundOf(items.length, start, 0);
    const to = Math.min(boundOf(items.length, stop, items.length), items.length);
    for (let i = from; i < to; i++)
      if (isSameOrEqual(run, items[i] ?? null, value ?? null)) return i;
    throw valueError('the value is not in the list');
  });
}

function boundOf(length: number, given: Value | undefined, usual: number): number {
  const index = sliceArgument(given) ?? usual;
  return index < 0 ? Math.max(0, index + length) : index;
}

export const listMethods = tableOf<List>(
  countMethod(),
  indexMethod(),
  builtin('copy', '/', (run: Run, { items }) => {
    run.items(items.length);
    return new List(items);
  }),
);

export const tupleMethods = tableOf<Tuple>(countMethod(), indexMethod());
