// Marks the texts of a value with where they come from, so that a rendering can say it of its
// characters.
import { Text, isStr, charactersOf, type Origin } from '../text/text.js';
import { Dict } from './dict.js';
import { List, Tuple, type Value } from './value.js';

/**
 * The value with all texts marked: those of keys and items with their path and their first
 * character, names of keys with the path of their dict. A loop turn over the value itself is a turn
 * for `source`: text written in it is marked too.
 */
export function track(value: Value, source: number): Value {
  return value instanceof Dict
    ? trackDict(value, source, undefined, source)
    : trackWithin(value, source, undefined);
}

function originOf(source: number, key: string | undefined): Origin {
  return key === undefined ? { source } : { source, key };
}

function trackWithin(value: Value, source: number, path: string | undefined): Value {
  if (isStr(value)) return new Text(charactersOf(value), { ...originOf(source, path), start: 0 });
  const within = (key: string): string => (path === undefined ? key : `${path}.${key}`);
  if (value instanceof List)
    return new List(value.items.map((item, i) => trackWithin(item, source, within(String(i)))));
  if (value instanceof Tuple)
    return new Tuple(value.items.map((item, i) => trackWithin(item, source, within(String(i)))));
  return value instanceof Dict ? trackDict(value, source, path) : value;
}

function trackDict(dict: Dict, source: number, path: string | undefined, turn?: number): Dict {
  const tracked = new Dict(turn);
  const origin = originOf(source, path);
  for (const [hash, { key, value }] of dict.hashed()) {
    const name = isStr(key) ? charactersOf(key) : String(key);
    const within = path === undefined ? name : `${path}.${name}`;
    const trackedKey = isStr(key) ? new Text(charactersOf(key), origin) : key;
    tracked.set(hash, trackedKey, trackWithin(value, source, within));
  }
  return tracked;
}

/** The texts of a tracked value that are the text of a key, in order: what can be a slot. */
export function trackedTexts(value: Value): Text[] {
  if (value instanceof Text) return value.origin?.start === undefined ? [] : [value];
  if (value instanceof List || value instanceof Tuple) return value.items.flatMap(trackedTexts);
  if (!(value instanceof Dict)) return [];
  return Array.from(value.entries(), (entry) => trackedTexts(entry.value)).flat();
}
