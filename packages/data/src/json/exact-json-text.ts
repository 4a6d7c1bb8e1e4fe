// Writes JSON without loss: what `parseExact` reads comes out as it was, floats that are whole,
// whole numbers of any size and the order of keys included.
import { floatRepr } from '../jinja/python/floats.js';
import { Float } from '../jinja/values/value.js';
import { isObject } from './json-object.js';

/** What stands between members and behind keys. */
export interface JsonSeparators {
  readonly item: string;
  readonly key: string;
}

const WITHOUT_SPACES: JsonSeparators = { item: ',', key: ':' };
/** As Python's json.dumps writes, and the texts in data sets. */
export const WITH_SPACES: JsonSeparators = { item: ', ', key: ': ' };

/** The JSON text of a value, on one line. Members without a value are left out. */
export function exactJsonText(value: unknown, separators = WITHOUT_SPACES): string {
  const { item, key } = separators;
  if (Array.isArray(value))
    return `[${value.map((element) => exactJsonText(element, separators)).join(item)}]`;
  if (value instanceof Float) return floatRepr(value.value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number' && !Number.isInteger(value)) return floatRepr(value);
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).flatMap(([name, member]) =>
    member === undefined
      ? []
      : [`${JSON.stringify(name)}${key}${exactJsonText(member, separators)}`],
  );
  return `{${members.join(item)}}`;
}
