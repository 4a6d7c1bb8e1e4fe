// Objects whose keys keep the order in which they are given. JavaScript puts keys that look like
// array indices first, in the order of their numbers; templates write an object key by key.
import type { JsonObject } from './json-object.js';

const INDEX = /^(?:0|[1-9]\d{0,9})$/;

/**
 * The object of these entries, whose keys differ. One whose order JavaScript would change is read
 * as any other, but it cannot be sent to another thread, and what is copied out of it has
 * JavaScript's order.
 */
export function objectOf(entries: readonly (readonly [key: string, value: unknown])[]): JsonObject {
  const object = Object.fromEntries(entries);
  if (!entries.some(([key]) => INDEX.test(key))) return object;
  const keys = entries.map(([key]) => key);
  if (Object.keys(object).every((key, i) => key === keys[i])) return object;
  return new Proxy(object, { ownKeys: () => keys });
}
