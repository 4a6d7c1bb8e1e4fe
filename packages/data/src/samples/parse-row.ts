// Reads rows as the type of their data set says. A row whose values have other types than they
// should is refused with file, row and column.
import { AutomodelError } from '@automodel/core';
import type { JsonObject } from '../json/json-object.js';
import type { ParsedRow } from '../rows/parsed-row.js';
import { RowReader, type ColumnNames } from '../rows/row-reader.js';
import type { RowSource } from '../sources/row-source.js';
import { FORMATS, type ColumnRole, type DatasetType } from '../formats/formats.js';
import type { RowFormat } from '../formats/row-format.js';

/** How the rows of a data set are read. Structured-clonable. */
export interface FormatOptions {
  /** Default `jsonl`: the columns of each row decide. */
  readonly type?: DatasetType | undefined;
  /** Names of the columns of a file; each defaults to its own key. */
  readonly columns?: { readonly [Role in ColumnRole]?: string | undefined } | undefined;
}

const BY_TYPE = new Map(FORMATS.map((format) => [format.type, format]));

/** Errors: `bad-argument` for a type that does not exist. */
export function formatOfType(type: string): RowFormat {
  const format = BY_TYPE.get(type);
  if (format !== undefined) return format;
  throw new AutomodelError('bad-argument', `there is no dataset type ${JSON.stringify(type)}`, {
    hint: `known types: ${[...BY_TYPE.keys()].join(', ')}`,
  });
}

/** Reads one row. Errors: `bad-data` at file:row. */
export function parseRow(
  value: JsonObject,
  source: RowSource,
  { type = 'jsonl', columns = {} }: FormatOptions = {},
): ParsedRow {
  const row = new RowReader(value, source, columns);
  refuseUnusedMapping(row, columns);
  row.refuseHalfCharacters();
  return formatOfType(type).read(row);
}

/**
 * A mapping whose columns are all absent was made for another file: its rows would be read by the
 * columns that they happen to have.
 */
function refuseUnusedMapping(row: RowReader, columns: ColumnNames): void {
  const named = Object.values(columns).filter((name) => name !== undefined);
  if (named.length > 0 && !named.some((name) => name in row.row))
    throw row.refuse(
      `none of the mapped columns (${named.map((name) => `"${name}"`).join(', ')}) is in this ` +
        `row, which has ${row.columnNames('none')}`,
      'correct column_mapping',
    );
}
