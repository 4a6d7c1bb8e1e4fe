// What can be looked up in values of each type: methods, attributes, what the immutable sandbox
// hides, and what this engine leaves out and refuses by name.
import { dictMethods } from '../methods/dict.js';
import { floatMethods } from '../methods/float.js';
import { intMethods } from '../methods/int.js';
import { listMethods, tupleMethods } from '../methods/list.js';
import { markupMethods } from '../methods/markup.js';
import { rangeMethods } from '../methods/range.js';
import { strMethods } from '../methods/str.js';
import { intOf } from '../python/numbers.js';
import { isMarkup, isStr } from '../text/text.js';
import type { BuiltinTable } from '../values/builtin.js';
import { Dict } from '../values/dict.js';
import { PythonIterator } from '../values/iterator.js';
import { Range } from '../values/range.js';
import { Float, List, Tuple, type Value } from '../values/value.js';

export interface TypeInfo {
  readonly methods: BuiltinTable<never>;
  /** Attributes that are no methods. */
  readonly attributes: ReadonlyMap<string, (value: never) => Value>;
  /** Looking them up gives what is undefined, and using that is a SecurityError. */
  readonly hidden: ReadonlySet<string>;
  readonly refused: ReadonlySet<string>;
}

function typeInfo(
  methods: BuiltinTable<never>,
  attributes: Readonly<Record<string, (value: never) => Value>> = {},
  hidden: string = '',
  refused: string = '',
): TypeInfo {
  return {
    methods,
    attributes: new Map(Object.entries(attributes)),
    hidden: wordsOf(hidden),
    refused: wordsOf(refused),
  };
}

function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.split(' ').filter((word) => word !== ''));
}

const LIST_CHANGES = 'append clear pop reverse insert sort extend remove';
const DICT_CHANGES = 'clear pop popitem setdefault update';

const same = (value: never): Value => intOf(value) ?? value;
const INFO = {
  str: typeInfo(strMethods, {}, '', 'encode'),
  markup: typeInfo(markupMethods, {}, '', 'encode'),
  list: typeInfo(listMethods, {}, LIST_CHANGES),
  tuple: typeInfo(tupleMethods),
  dict: typeInfo(dictMethods, {}, DICT_CHANGES),
  int: typeInfo(
    intMethods,
    { real: same, numerator: same, imag: () => 0, denominator: () => 1 },
    '',
    'to_bytes from_bytes',
  ),
  float: typeInfo(floatMethods, { real: same, imag: () => new Float(0) }, '', 'fromhex'),
  range: typeInfo(rangeMethods),
  iterator: typeInfo(
    new Map(),
    {},
    'gi_frame gi_code',
    'send throw close gi_running gi_yieldfrom gi_suspended',
  ),
  other: typeInfo(new Map(), {}, '', 'isdisjoint mapping'),
};

export function infoOf(value: Value): TypeInfo {
  if (isStr(value)) return isMarkup(value) ? INFO.markup : INFO.str;
  if (value instanceof Dict) return INFO.dict;
  if (value instanceof List) return INFO.list;
  if (value instanceof Tuple) return INFO.tuple;
  if (intOf(value) !== undefined) return INFO.int;
  if (value instanceof Float) return INFO.float;
  if (value instanceof Range) return INFO.range;
  return value instanceof PythonIterator ? INFO.iterator : INFO.other;
}
