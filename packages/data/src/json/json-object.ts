// What JSON calls an object, as the readers of tokenizers, rows and templates see it: keys and
// values of which nothing is known yet.
import { Float } from '../jinja/values/value.js';

export type JsonObject = { readonly [key: string]: unknown };

/** True for what JSON calls an object. */
export function isObject(value: unknown): value is JsonObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Float)
  );
}
