// Filters for values of any type: default, attr, tojson, urlencode.
import { valueError } from '../failures/failure.js';
import { pythonAttribute } from '../lookup/lookup.js';
import { strArgument } from '../python/arguments.js';
import { isIterable, iterate, toArray } from '../python/iteration.js';
import { dumps, indentText } from '../python/json.js';
import { toStr } from '../python/strings.js';
import { isTrue } from '../python/truth.js';
import type { Run } from '../values/run.js';
import { concat, remade } from '../text/join.js';
import { textOperation } from '../text/operation.js';
import { read } from '../text/search.js';
import { textLength } from '../text/size.js';
import { isStr, type Str } from '../text/text.js';
import { builtin, tableOf, type Bound } from '../values/builtin.js';
import { Dict } from '../values/dict.js';
import { DictItems } from '../objects/dict-views.js';
import { Undefined } from '../values/undefined.js';
import type { Value } from '../values/value.js';

function attr(run: Run, value: Value, [name]: Bound): Value {
  const attribute = read(run, strArgument(name, 'attribute name'));
  if (value instanceof Undefined) return run.lookup.attribute(run, value, attribute);
  const found = pythonAttribute(run, value, attribute);
  return found === undefined ? new Undefined(attribute, { object: value }) : found;
}

/** As transformers defines it: json.dumps without escapes for HTML. */
function tojson(run: Run, value: Value, [ensureAscii, indent, separators, sortKeys]: Bound): Value {
  const indentation = indentText(run, indent);
  const [itemSeparator, keySeparator] =
    separators === undefined || separators === null
      ? [indentation === undefined ? ', ' : ',', ': ']
      : separatorsOf(run, separators);
  return dumps(run, value, {
    ensureAscii: ensureAscii !== undefined && isTrue(run, ensureAscii),
    indent: indentation,
    itemSeparator,
    keySeparator,
    sortKeys: sortKeys !== undefined && isTrue(run, sortKeys),
  });
}

function separatorsOf(run: Run, value: Value): [Str, Str] {
  const [item, key, ...others] = toArray(run, value);
  if (others.length > 0 || key === undefined) throw valueError('expected two separators');
  return [strArgument(item, 'item separator'), strArgument(key, 'key separator')];
}

const quoteUrl = (keepsSlash: boolean): ((run: Run, text: Str) => Str) =>
  textOperation((text: Str): Str => remade(text, (all) => percentEncode(all, keepsSlash)));

const quoted = quoteUrl(true);
const quotedForQuery = quoteUrl(false);

function percentEncode(text: string, keepsSlash: boolean): string {
  const encoded = encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return keepsSlash ? encoded.replaceAll('%2F', '/') : encoded.replaceAll('%20', '+');
}

function urlencode(run: Run, value: Value): Value {
  const encode = (part: Value, change: typeof quoted): Str => {
    const text = toStr(run, part);
    run.room(textLength(text) * 9);
    return change(run, text);
  };
  if (isStr(value) || !isIterable(value)) return encode(value, quoted);
  const pairs = toArray(run, value instanceof Dict ? new DictItems(value) : value);
  const parts: Str[] = [];
  for (const pair of pairs) {
    const next = iterate(run, pair);
    const [key, item, more] = [next(), next(), next()];
    if (key === undefined || item === undefined || more !== undefined)
      throw valueError('expected pairs of key and value');
    if (parts.length > 0) parts.push('&');
    parts.push(encode(key, quotedForQuery), '=', encode(item, quotedForQuery));
  }
  return concat(run, parts);
}

function usually(run: Run, value: Value, [usual = '', boolean]: Bound): Value {
  const isLeftOut =
    value instanceof Undefined ||
    (boolean !== undefined && isTrue(run, boolean) && !isTrue(run, value));
  return isLeftOut ? usual : value;
}

export const otherFilters = tableOf<Value>(
  builtin('default', 'default_value? boolean?', usually),
  builtin('d', 'default_value? boolean?', usually),
  builtin('attr', 'name', attr),
  builtin('tojson', 'ensure_ascii? indent? separators? sort_keys?', tojson),
  builtin('urlencode', '', urlencode),
);
