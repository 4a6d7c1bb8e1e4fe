// Halves of surrogate pairs in the texts of a row: JSON can write them (`"\ud83d"`), no tokenizer
// can encode them, and Python refuses them.
import type { JsonObject } from '../json/json-object.js';

/** The place of a text with half a character in a value that stands at `place`. */
export function placeOfHalf(value: unknown, place: string): string | undefined {
  const path = pathToHalf(value);
  return path === undefined ? undefined : (place + path).replace(/^\./, '');
}

/** The way to it, which is put together only where there is one. */
function pathToHalf(value: unknown): string | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : '';
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return undefined;
  if (Array.isArray(value)) return pathInList(value);
  for (const key of Object.keys(value)) {
    if (!key.isWellFormed()) return '';
    const path = pathToHalf((value as JsonObject)[key]);
    if (path !== undefined) return `.${key}${path}`;
  }
  return undefined;
}

function pathInList(list: readonly unknown[]): string | undefined {
  // Lists of numbers can be long, and hold no text.
  if (typeof list[0] === 'number') return undefined;
  for (let i = 0; i < list.length; i++) {
    const path = pathToHalf(list[i]);
    if (path !== undefined) return `[${i}]${path}`;
  }
  return undefined;
}
