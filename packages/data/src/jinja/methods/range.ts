// Methods of range.
import { valueError } from '../failures/failure.js';
import { numeric } from '../python/numbers.js';
import { builtin, tableOf } from '../values/builtin.js';
import type { Range } from '../values/range.js';
import type { Value } from '../values/value.js';

function indexIn(range: Range, value: Value): number | undefined {
  const number = numeric(value);
  return number === undefined ? undefined : range.indexOf(Number(number));
}

export const rangeMethods = tableOf<Range>(
  builtin('count', 'value /', (_run, range, [value]) =>
    indexIn(range, value ?? null) === undefined ? 0 : 1,
  ),
  builtin('index', 'value /', (_run, range, [value]) => {
    const index = indexIn(range, value ?? null);
    if (index === undefined) throw valueError('the value is not in range');
    return index;
  }),
);
