// JSON of data files: text from bytes and objects from text, with errors that name file, line and
// column. A key written twice is refused: which of the two was meant is unknown.
import { constants, isUtf8 } from 'node:buffer';
import { AutomodelError, textPosition } from '@automodel/core';
import type { Row } from './data-source.js';
import { locationOf, type RowSource } from './row-source.js';
import { parseBounded } from '../json/bounded-json.js';
import { isLossy, readExactJson } from '../json/exact-json.js';
import { isObject, type JsonObject } from '../json/json-object.js';
import { duplicateKey } from '../json/duplicate-key.js';
import { oneLine } from '../json/one-line.js';

/** The text of UTF-8 `bytes`. Errors: `bad-data` (not UTF-8, longer than a text can be). */
export function decodeText(bytes: Buffer, location: string): string {
  if (bytes.length > constants.MAX_STRING_LENGTH) {
    throw new AutomodelError('bad-data', `${bytes.length} bytes are too many for one text`, {
      location,
      hint: 'write JSON lines (one object per line) instead of one large text',
    });
  }
  if (isUtf8(bytes)) return bytes.toString('utf8');
  throw new AutomodelError('bad-data', 'not UTF-8 text', {
    location,
    hint: 'save the file as UTF-8',
  });
}

/**
 * The value of a JSON text. `location` is a file, or `file:line` where `text` is one line of it.
 * Errors: `bad-data`.
 */
export function parseJson(text: string, location: string): unknown {
  let value: unknown;
  try {
    value = parseBounded(text);
  } catch (cause) {
    if (cause instanceof AutomodelError) throw cause.with({ location });
    const message = cause instanceof Error ? cause.message : String(cause);
    const offset = /position (\d+)/.exec(message)?.[1];
    const place =
      offset === undefined ? '' : lineAndColumn(text, Number(offset), /:\d+$/.test(location));
    throw new AutomodelError('bad-data', `not valid JSON: ${oneLine(message)}`, {
      location: location + place,
      hint: 'each line holds one JSON object, or the whole file one JSON array of objects',
      kind: 'not valid JSON',
      cause,
    });
  }
  const key = duplicateKey(text, value);
  if (key !== undefined)
    throw new AutomodelError(
      'bad-data',
      `the key ${JSON.stringify(key)} is written twice in one object`,
      { location, hint: 'remove one of the two' },
    );
  return value;
}

/** `value` as a row. Errors: `bad-data` where it is no object. */
export function rowObject(value: unknown, source: RowSource): JsonObject {
  if (isObject(value)) return value;
  throw new AutomodelError(
    'bad-data',
    `a row must be a JSON object, this one is ${kindOf(value)}`,
    {
      location: locationOf(source),
    },
  );
}

/**
 * A row from its text, of which `value` is what JSON.parse made. Errors: `bad-data` where it is no
 * object.
 */
export function rowOfJson(text: string, value: unknown, source: RowSource): Row {
  if (!isLossy(text, value)) return { value: rowObject(value, source), source };
  const exact = readExactJson(text, locationOf(source));
  return { value: rowObject(exact, source), source, json: text };
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}

function lineAndColumn(text: string, offset: number, lineIsKnown: boolean): string {
  const { line, column } = textPosition(text, offset);
  return lineIsKnown ? `:${column}` : `:${line}:${column}`;
}
