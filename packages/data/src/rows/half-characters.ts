// Halves of surrogate pairs in the texts of a row: JSON can write them (`"\ud83d"`), no tokenizer
// can encode them, and Python refuses them.
import type { JsonObject } from '../json/json-object.js';

/** The place of a text with half a character in a value that stands at `place`. */
export function placeOfHalf(value: unknown, place: string): string | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : place;
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return undefined;
  if (Array.isArray(value)) return placeInList(value, place);
  for (const key of Object.keys(value)) {
    if (!key.isWellFormed()) return place;
    const entry = (value as JsonObject)[key];
    const found = placeOfHalf(entry, place === '' ? key : `${place}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function placeInList(list: readonly unknown[], place: string): string | undefined {
  // Lists of numbers can be long, and hold no text.
  if (typeof list[0] === 'number') return undefined;
  for (let i = 0; i < list.length; i++) {
    const found = placeOfHalf(list[i], `${place}[${i}]`);
    if (found !== undefined) return found;
  }
  return undefined;
}
