// `object.name` and `object[key]` as Jinja's immutable sandbox looks them up: a dot prefers
// attributes, brackets prefer items, each falls back to the other, and what Python keeps private or
// what would change a value is hidden.
import { UnsupportedError } from '../failures/failure.js';
import { hasHash, hashOf } from '../python/hash.js';
import { intOf } from '../python/numbers.js';
import { typeName, undefinedError } from '../python/type-names.js';
import type { Run } from '../values/run.js';
import { hasIndex, read } from '../text/search.js';
import { pointAt } from '../text/slice.js';
import { isMarkup, isStr, type Str } from '../text/text.js';
import { asMarkup } from '../python/strings.js';
import type { Builtin } from '../values/builtin.js';
import { BoundMethod } from '../values/callable.js';
import { Dict } from '../values/dict.js';
import { Range } from '../values/range.js';
import { Undefined } from '../values/undefined.js';
import { List, PythonObject, Tuple, type Int, type Value } from '../values/value.js';
import { infoOf } from './type-info.js';

/** Names with underscores around them that every object has. */
const OBJECT_NAMES =
  'class delattr dir doc eq format ge getattribute getstate gt hash init init_subclass le lt ne ' +
  'new reduce reduce_ex repr setattr sizeof str subclasshook';

const DICT_NAMES = dunders(
  `${OBJECT_NAMES} class_getitem contains delitem getitem ior iter len or reversed ror setitem`,
);

const UNDEFINED_NAMES = dunders(
  `${OBJECT_NAMES} add aiter bool call complex div float floordiv getattr getitem int iter len ` +
    'mod module mul neg pos pow radd rdiv rfloordiv rmod rmul rpow rsub rtruediv slots sub truediv',
);

function dunders(names: string): ReadonlySet<string> {
  return new Set(names.split(' ').map((name) => `__${name}__`));
}

/** A method that may be called; undefined where `name` is something else or nothing. */
export function methodOf(object: Value, name: string): Builtin<Value> | undefined {
  return infoOf(object).methods.get(name) as Builtin<Value> | undefined;
}

/** `object.name`. */
export function getAttribute(run: Run, object: Value, name: string): Value {
  if (object instanceof Undefined) {
    if (UNDEFINED_NAMES.has(name)) return hidden(object, name);
    throw undefinedError(object);
  }
  const attribute = pythonAttribute(run, object, name);
  if (attribute !== undefined) return attribute;
  const item = itemNamed(run, object, name);
  return item === undefined ? new Undefined(name, { object }) : item;
}

function itemNamed(run: Run, object: Value, name: string): Value | undefined {
  if (object instanceof Dict) return object.lookup(name);
  return object instanceof PythonObject ? object.item?.(run, name) : undefined;
}

/** What `getattr` gives, hidden where it is not safe; undefined where there is no attribute. */
export function pythonAttribute(run: Run, object: Value, name: string): Value | undefined {
  const info = infoOf(object);
  const method = info.methods.get(name) as Builtin<Value> | undefined;
  if (method !== undefined) return new BoundMethod(method, object, typeName(object));
  if (object instanceof Tuple && object.names.includes(name))
    return object.items[object.names.indexOf(name)];
  const own = object instanceof PythonObject ? object.attribute?.(run, name) : undefined;
  if (own !== undefined) return name.startsWith('_') ? hidden(object, name) : own;
  if (info.hidden.has(name)) return hidden(object, name);
  if (name.startsWith('__') && (!(object instanceof Dict) || DICT_NAMES.has(name)))
    return hidden(object, name);
  if (info.refused.has(name))
    throw new UnsupportedError(`${typeName(object)}.${name} is not supported`);
  return info.attributes.get(name)?.(object as never);
}

function hidden(object: Value, name: string): Undefined {
  return new Undefined(name, {
    object,
    hint: `access to attribute '${name}' of '${typeName(object)}' object is unsafe.`,
    unsafe: true,
  });
}

/** `object[key]`. */
export function getItem(run: Run, object: Value, key: Value): Value {
  if (object instanceof Undefined) throw undefinedError(object);
  const item = pythonItem(run, object, key);
  if (item !== undefined) return item;
  const attribute = isStr(key) ? pythonAttribute(run, object, read(run, key)) : undefined;
  return attribute === undefined ? new Undefined(key, { object }) : attribute;
}

/** What indexing gives; undefined where Python raises a TypeError or LookupError. */
function pythonItem(run: Run, object: Value, key: Value): Value | undefined {
  if (object instanceof Dict) return hasHash(key) ? object.get(hashOf(run, key)) : undefined;
  const index = intOf(key);
  if (index !== undefined) return itemAt(run, object, index);
  return object instanceof PythonObject ? object.item?.(run, key) : undefined;
}

function itemAt(run: Run, object: Value, given: Int): Value | undefined {
  if (typeof given === 'bigint') return undefined;
  const index = given;
  if (isStr(object)) return hasIndex(run, object, index) ? charAt(run, object, index) : undefined;
  if (object instanceof List || object instanceof Tuple)
    return object.items[index < 0 ? index + object.items.length : index];
  if (object instanceof Range) {
    const at = index < 0 ? index + object.size : index;
    return at >= 0 && at < object.size ? object.at(at) : undefined;
  }
  return object instanceof PythonObject ? object.item?.(run, index) : undefined;
}

function charAt(run: Run, text: Str, index: number): Str {
  const character = pointAt(run, text, index);
  return isMarkup(text) ? asMarkup(run, character) : character;
}
