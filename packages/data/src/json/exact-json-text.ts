// Writes JSON without loss: what `parseExact` reads comes out as it was, floats that are whole,
// whole numbers of any size and the order of keys included.
import { floatRepr } from '../jinja/python/floats.js';
import { Float } from '../jinja/values/value.js';
import { isObject } from './json-object.js';

/** The JSON text of a value, on one line without spaces. Members without a value are left out. */
export function exactJsonText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(exactJsonText).join(',')}]`;
  if (value instanceof Float) return floatRepr(value.value);
  if (typeof value === 'bigint') return String(value);
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).flatMap(([key, member]) =>
    member === undefined ? [] : [`${JSON.stringify(key)}:${exactJsonText(member)}`],
  );
  return `{${members.join(',')}}`;
}
