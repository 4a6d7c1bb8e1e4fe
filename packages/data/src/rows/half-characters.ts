// Halves of surrogate pairs in the texts of a row: JSON can write them (`"\ud83d"`), no tokenizer
// can encode them, and Python refuses them.
import type { RowReader } from './row-reader.js';

/** Errors: `bad-data` naming the place of a text with half a character. */
export function refuseHalfCharacters(row: RowReader): void {
  const place = placeOfHalf(row.row, '');
  if (place === undefined) return;
  throw row.refuse(
    `"${place}" holds half of a surrogate pair, which is no character`,
    'an emoji was probably cut in two when the file was written: write it again whole',
  );
}

function placeOfHalf(value: unknown, place: string): string | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : place;
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return undefined;
  // Lists of numbers can be long, and hold no text.
  if (Array.isArray(value) && typeof value[0] === 'number') return undefined;
  for (const [key, entry] of Object.entries(value)) {
    const within = Array.isArray(value) ? `${place}[${key}]` : `${place}.${key}`;
    const found = placeOfHalf(entry, place === '' ? key : within);
    if (found !== undefined) return found;
    if (!key.isWellFormed()) return place;
  }
  return undefined;
}
