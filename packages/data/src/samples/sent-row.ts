// Rows on their way to a thread. What cannot be cloned travels as the text it was read from, and is
// read again.
import { readExactJson } from '../json/exact-json.js';
import type { JsonObject } from '../json/json-object.js';
import type { Row } from '../sources/data-source.js';
import { rowObject } from '../sources/parse-json.js';
import { locationOf, type RowSource } from '../sources/row-source.js';

/** Structured-clonable. */
export type SentRow =
  | { readonly value: JsonObject; readonly source: RowSource }
  | { readonly json: string; readonly source: RowSource };

export function sentRow({ value, source, json }: Row): SentRow {
  return json === undefined ? { value, source } : { json, source };
}

/** The value of a row that was sent. */
export function receivedValue(row: SentRow): JsonObject {
  if ('value' in row) return row.value;
  return rowObject(readExactJson(row.json, locationOf(row.source)), row.source);
}
