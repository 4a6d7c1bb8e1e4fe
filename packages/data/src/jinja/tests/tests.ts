// All tests by name: what stands behind `is`.
import { COMPARE } from '../operators/compare.js';
import { operate } from '../operators/operators.js';
import { isLowerText, isUpperText } from '../methods/letter-case.js';
import { equals, isSame } from '../python/equality.js';
import { hashOf } from '../python/hash.js';
import { isIn, isIterable } from '../python/iteration.js';
import { intOf, numeric } from '../python/numbers.js';
import { toStr } from '../python/strings.js';
import type { Run } from '../values/run.js';
import { read } from '../text/search.js';
import { isMarkup, isStr } from '../text/text.js';
import { builtin, tableOf, type Builtin, type BuiltinTable } from '../values/builtin.js';
import { Dict } from '../values/dict.js';
import { Range } from '../values/range.js';
import { Undefined } from '../values/undefined.js';
import { Float, List, PythonObject, Tuple, type Value } from '../values/value.js';

function typeTest(name: string, holds: (value: Value) => boolean): Builtin {
  return builtin(name, '', (_run, value) => holds(value));
}

function remainderTest(name: string, divisor: Value | undefined, remainder: Value): Builtin {
  return builtin(name, divisor === undefined ? 'num' : '', (run, value, [number = null]) =>
    equals(run, operate(run, '%', value, divisor ?? number), remainder),
  );
}

function comparisonTests(operator: keyof typeof COMPARE, names: string): Builtin[] {
  return names
    .split(' ')
    .map((name) =>
      builtin(name, 'other /', (run, value, [other]) =>
        COMPARE[operator](run, value, other ?? null),
      ),
    );
}

function isSequence(value: Value): boolean {
  return (
    isStr(value) ||
    value instanceof List ||
    value instanceof Tuple ||
    value instanceof Dict ||
    value instanceof Range ||
    value instanceof Undefined
  );
}

function isCallable(value: Value): boolean {
  return value instanceof Undefined || (value instanceof PythonObject && value.call !== undefined);
}

function isInteger(value: Value): boolean {
  return typeof value !== 'boolean' && intOf(value) !== undefined;
}

/** Whether a filter or test of that name exists. */
function existenceTest(name: string, exists: (run: Run, name: string) => boolean): Builtin {
  return builtin(name, '', (run, value) => {
    hashOf(run, value);
    return isStr(value) && exists(run, read(run, value));
  });
}

export const TESTS: BuiltinTable = tableOf<Value>(
  remainderTest('odd', 2, 1),
  remainderTest('even', 2, 0),
  remainderTest('divisibleby', undefined, 0),
  typeTest('defined', (value) => !(value instanceof Undefined)),
  typeTest('undefined', (value) => value instanceof Undefined),
  existenceTest(
    'filter',
    (run, name) => run.lookup.filters.has(name) || run.lookup.refusedFilters.has(name),
  ),
  existenceTest('test', (run, name) => run.lookup.tests.has(name)),
  typeTest('none', (value) => value === null),
  typeTest('boolean', (value) => typeof value === 'boolean'),
  typeTest('true', (value) => value === true),
  typeTest('false', (value) => value === false),
  typeTest('integer', isInteger),
  typeTest('float', (value) => value instanceof Float),
  typeTest('number', (value) => numeric(value) !== undefined),
  typeTest('string', isStr),
  typeTest('mapping', (value) => value instanceof Dict),
  typeTest('sequence', isSequence),
  typeTest('iterable', isIterable),
  typeTest('callable', isCallable),
  typeTest('escaped', isMarkup),
  builtin('lower', '', (run, value) => isLowerText(run, toStr(run, value))),
  builtin('upper', '', (run, value) => isUpperText(run, toStr(run, value))),
  builtin('sameas', 'other', (run, value, [other]) => isSame(run, value, other ?? null)),
  builtin('in', 'seq', (run, value, [container]) => isIn(run, value, container ?? null)),
  ...comparisonTests('==', '== eq equalto'),
  ...comparisonTests('!=', '!= ne'),
  ...comparisonTests('>', '> gt greaterthan'),
  ...comparisonTests('>=', '>= ge'),
  ...comparisonTests('<', '< lt lessthan'),
  ...comparisonTests('<=', '<= le'),
);
