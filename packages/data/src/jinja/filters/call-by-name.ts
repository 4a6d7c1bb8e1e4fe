// Filters and tests that other filters are told by name: `map('upper')`, `select('odd')`. The
// tables come with the run's environment, because they hold these filters themselves.
import { PythonError, UnsupportedError } from '../failures/failure.js';
import { quote } from '../python/quote.js';
import { typeName, undefinedError } from '../python/type-names.js';
import type { Run } from '../values/run.js';
import { read } from '../text/search.js';
import { isStr } from '../text/text.js';
import type { BuiltinTable } from '../values/builtin.js';
import { Undefined } from '../values/undefined.js';
import type { Named, Value } from '../values/value.js';

/** Errors: TemplateRuntimeError where there is no filter of that name. */
export function callFilter(
  run: Run,
  name: Value,
  value: Value,
  args: readonly Value[],
  named: Named,
): Value {
  return callByName(run, 'filter', run.lookup.filters, name)(value, args, named);
}

/** Errors: TemplateRuntimeError where there is no test of that name. */
export function callTest(
  run: Run,
  name: Value,
  value: Value,
  args: readonly Value[],
  named: Named,
): Value {
  return callByName(run, 'test', run.lookup.tests, name)(value, args, named);
}

function callByName(
  run: Run,
  kind: 'filter' | 'test',
  table: BuiltinTable,
  name: Value,
): (value: Value, args: readonly Value[], named: Named) => Value {
  if (name instanceof Undefined) throw undefinedError(name);
  const written = isStr(name) ? read(run, name) : undefined;
  const found = written === undefined ? undefined : table.get(written);
  if (found !== undefined) return (value, args, named) => found.call(run, value, args, named);
  if (kind === 'filter' && written !== undefined && run.lookup.refusedFilters.has(written))
    throw new UnsupportedError(`the filter '${written}' is not supported`);
  const shown = written === undefined ? typeName(name) : quote(written);
  throw new PythonError('TemplateRuntimeError', `No ${kind} named ${shown}.`);
}
