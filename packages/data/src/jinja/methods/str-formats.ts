// Methods of str that work with formats and tables: format, format_map, translate, maketrans.
import { typeError, UnsupportedError, valueError } from '../failures/failure.js';
import { strArgument } from '../python/arguments.js';
import { intOf } from '../python/numbers.js';
import { typeName } from '../python/type-names.js';
import type { Run } from '../values/run.js';
import { concat, recast } from '../text/join.js';
import { lengthOf, read } from '../text/search.js';
import { characters } from '../text/split.js';
import { isStr, type Str } from '../text/text.js';
import { builtin, tableOf, variadic } from '../values/builtin.js';
import { Dict } from '../values/dict.js';
import type { Named, Value } from '../values/value.js';
import { formatStr } from './format-str.js';

/** Errors: TypeError. A mapping's keys as names. */
function namesOf(run: Run, mapping: Value | undefined): Named {
  if (!(mapping instanceof Dict))
    throw typeError(`format_map() argument must be a mapping, not ${typeName(mapping ?? null)}`);
  const named = new Map<string, Value>();
  for (const { key, value } of mapping.entries()) if (isStr(key)) named.set(read(run, key), value);
  return named;
}

function translate(run: Run, text: Str, table: Value): Str {
  if (!(table instanceof Dict)) throw typeError(`'${typeName(table)}' object is not subscriptable`);
  const parts: Str[] = [];
  for (const character of characters(run, text)) {
    const code = read(run, character).codePointAt(0) ?? 0;
    const to = table.get(code);
    if (to === undefined) parts.push(character);
    else if (to !== null) parts.push(recast(run, characterOf(to), character));
  }
  return concat(run, parts);
}

function characterOf(value: Value): Str {
  if (isStr(value)) return value;
  const code = intOf(value);
  if (code === undefined) throw typeError('character mapping must return integer, None or str');
  if (code < 0 || code > 0x10ffff) throw valueError('character mapping must be in range(0x110000)');
  if (code >= 0xd800 && code < 0xe000)
    throw new UnsupportedError('half a surrogate pair is not supported');
  return String.fromCodePoint(Number(code));
}

function codesOf(run: Run, text: Value | undefined): number[] {
  const all = read(run, strArgument(text, 'maketrans() argument'));
  return Array.from(all, (character) => character.codePointAt(0) ?? 0);
}

function tableOfDict(run: Run, given: Value): Dict {
  if (!(given instanceof Dict))
    throw typeError('if you give only one argument to maketrans it must be a dict');
  const table = new Dict();
  for (const { key, value } of given.entries()) {
    const code = isStr(key) ? codeOfKey(run, key) : intOf(key);
    if (code === undefined) throw typeError('keys in translate table must be strings or integers');
    table.set(code, code, value);
  }
  return table;
}

function codeOfKey(run: Run, key: Str): number {
  if (lengthOf(run, key) !== 1)
    throw valueError('string keys in translate table must be of length 1');
  return read(run, key).codePointAt(0) ?? 0;
}

export const strFormats = tableOf<Str>(
  variadic('format', (run, text, args, named) => formatStr(run, text, args, named)),
  builtin('format_map', 'mapping /', (run, text, [mapping]) =>
    formatStr(run, text, [], namesOf(run, mapping)),
  ),
  builtin('translate', 'table /', (run, text, [table]) => translate(run, text, table ?? null)),
  builtin('maketrans', 'x y? z? /', (run, _text, [x, y, z]) => {
    if (y === undefined) return tableOfDict(run, x ?? null);
    const [from, to] = [codesOf(run, x), codesOf(run, y)];
    if (from.length !== to.length)
      throw valueError('the first two maketrans arguments must have equal length');
    const table = new Dict();
    for (const [i, code] of from.entries()) table.set(code, code, to[i] ?? null);
    if (z !== undefined) for (const code of codesOf(run, z)) table.set(code, code, null);
    return table;
  }),
);
