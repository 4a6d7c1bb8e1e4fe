// Rows on their way to a thread. What cannot be cloned travels as the text it was read from, and is
// read again.
import { readExactJson } from '../json/exact-json.js';
import type { JsonObject } from '../json/json-object.js';
import type { AttemptedRow } from '../sources/data-source.js';
import { rowObject } from '../sources/parse-json.js';
import { locationOf, type RowSource } from '../sources/row-source.js';
import { errorAsData, errorFromData, type ErrorData } from './error-data.js';

/** Structured-clonable. */
export type SentRow =
  | { readonly value: JsonObject; readonly source: RowSource }
  | { readonly json: string; readonly source: RowSource }
  | {
      readonly refused: ErrorData;
      readonly endsFile: boolean | undefined;
      readonly source: RowSource;
    };

export function sentRow(row: AttemptedRow): SentRow {
  const { source } = row;
  if ('refused' in row)
    return { refused: errorAsData(row.refused), endsFile: row.endsFile, source };
  return row.json === undefined ? { value: row.value, source } : { json: row.json, source };
}

/** The row that was sent. */
export function receivedRow(row: SentRow): AttemptedRow {
  const { source } = row;
  if ('value' in row) return row;
  if ('json' in row)
    return { value: rowObject(readExactJson(row.json, locationOf(source)), source), source };
  return { refused: errorFromData(row.refused), endsFile: row.endsFile, source };
}
