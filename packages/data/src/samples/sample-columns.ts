// The columns that samples bring along beside their tokens: what a sample may bring, and what
// becomes of it when the sample is cut.
import type { ColumnType } from '@automodel/contracts';
import { AutomodelError, denseArrayOf } from '@automodel/core';
import { locationOf } from '../sources/row-source.js';
import type { Sample, SampleColumns, SampleIds } from './sample.js';

/** A column and the type of its entries. */
export interface SampleColumn extends ColumnType {
  readonly column: string;
}

/** Columns become files of the cache, beside those of these names. */
const RESERVED: ReadonlySet<string> = new Set(['tokens', 'index']);

/**
 * Errors: `bad-data` naming the row for a column whose name cannot be that of a file, whose values
 * have another dtype, or that has more or fewer entries than the sample has on its axis.
 */
export function checkColumns({ inputIds, columns = {}, source }: Sample<SampleIds>): void {
  const counts = new Map([
    ['token', inputIds.length],
    ['document', 1],
  ]);
  const refuse = (message: string): AutomodelError =>
    new AutomodelError('bad-data', message, { location: locationOf(source) });
  for (const [column, { dtype, per, width, values }] of Object.entries(columns)) {
    if (!/^[a-z][a-z0-9_]*$/.test(column) || RESERVED.has(column))
      throw refuse(`no column of a batch can be called ${JSON.stringify(column)}`);
    if (!(values instanceof denseArrayOf(dtype)))
      throw refuse(`the values of column ${column} are not an array of ${dtype}`);
    const entries = values.length / width;
    const expected = counts.get(per) ?? entries;
    if (entries !== expected || !Number.isInteger(entries))
      throw refuse(
        `column ${column} has ${values.length} numbers, ${width} per ${per}, and this row has ` +
          `${Math.ceil(expected)} on that axis`,
      );
    counts.set(per, entries);
  }
}

/**
 * The columns of the sample's tokens from `start` to `end`. Errors: `unsupported` for a column with
 * entries that belong to no token.
 */
export function cutColumns(
  { columns, source }: Pick<Sample, 'columns' | 'source'>,
  start: number,
  end: number,
): Pick<Sample, 'columns'> {
  if (columns === undefined) return {};
  const cut = Object.entries(columns).map(([column, own]): [string, SampleColumns[string]] => {
    if (own.per === 'document') return [column, own];
    if (own.per === 'token')
      return [column, { ...own, values: own.values.slice(start * own.width, end * own.width) }];
    throw new AutomodelError(
      'unsupported',
      `this row is too long, and its column ${column} per ${own.per} cannot be cut`,
      {
        location: locationOf(source),
        hint: 'raise the maximum length, or drop long rows',
      },
    );
  });
  return { columns: Object.fromEntries(cut) };
}

/** Each column once, in order of appearance. Errors: as `checkSameType`. */
export function distinctColumns(
  columns: Iterable<readonly [column: SampleColumn, location: string]>,
): readonly SampleColumn[] {
  const known = new Map<string, SampleColumn>();
  for (const [own, location] of columns) {
    checkSameType(known.get(own.column) ?? own, own, location);
    known.set(own.column, own);
  }
  return [...known.values()];
}

/** Errors: `bad-data` at `location` for entries that cannot stand in the known column. */
export function checkSameType(known: SampleColumn, own: ColumnType, location: string): void {
  if (known.dtype === own.dtype && known.per === own.per && known.width === own.width) return;
  throw new AutomodelError(
    'bad-data',
    `column ${known.column} is ${typeText(own)} here and was ${typeText(known)} before`,
    { location },
  );
}

/** The type of entries, in words. */
export const typeText = ({ dtype, per, width }: ColumnType): string =>
  `${width} ${dtype} per ${per}`;
