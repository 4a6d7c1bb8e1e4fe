// Recognises what a row holds by the columns that it has. A row that fits no layout or several is
// refused.
import type { ParsedRow } from './parsed-row.js';
import type { RowReader } from './row-reader.js';

/** How rows with certain columns are read. */
export interface ColumnLayout {
  /** The row has all of them. */
  readonly columns: readonly string[];
  readonly read: (row: RowReader) => ParsedRow;
}

/** What to say of a row that fits nothing: the end of "this row is", and a hint. */
export interface Unfit {
  readonly is: string;
  readonly hint: string;
}

/** Reads a row by the one layout that it fits. Errors: `bad-data` at file:row. */
export function readByColumns(
  row: RowReader,
  layouts: readonly ColumnLayout[],
  unfit: () => Unfit,
): ParsedRow {
  const fitting = layouts.filter(({ columns }) => columns.every((column) => row.has(column)));
  const [first, ...others] = fitting;
  if (first !== undefined && others.length === 0) return first.read(row);
  if (first !== undefined)
    throw row.refuse(
      'this row fits several formats: ' +
        fitting
          .map(({ columns }) => columns.map((column) => row.name(column)).join(' and '))
          .join('; '),
      'choose one with type:, map the unwanted column to another name, or remove it from the file',
    );
  const half = layouts.find(({ columns }) => columns.some((column) => row.has(column)));
  const has = half === undefined ? `columns ${row.columnNames()}` : partly(row, half);
  const { is, hint } = unfit();
  throw row.refuse(`this row is ${is}: it has ${has}`, hint);
}

function partly(row: RowReader, { columns }: ColumnLayout): string {
  const names = (some: readonly string[]): string =>
    `"${some.map((column) => row.name(column)).join('", "')}"`;
  const there = columns.filter((column) => row.has(column));
  const missing = columns.filter((column) => !row.has(column));
  return `${names(there)} without ${names(missing)}`;
}
