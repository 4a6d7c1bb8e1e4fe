// Some rows of a data set, evenly from all that are counted, because files are often sorted; and
// how many rows there are, up to as many as a choice depends on.
import { readRows, type DataFile, type JsonObject, type RowSource } from '@automodel/data';

/** More rows than these are not counted. */
export const COUNTED = 5000;
/** Twice this many rows are held at the most. */
const KEPT = 300;

/** A row and where it is. */
export interface SpreadRow {
  readonly value: JsonObject;
  readonly source: RowSource;
}

/** Some rows, the first among them, and the count. */
export interface SpreadRows {
  readonly rows: readonly SpreadRow[];
  readonly count: number;
}

/** Errors: those of reading the rows. */
export async function spreadRows(files: readonly DataFile[]): Promise<SpreadRows> {
  let rows: SpreadRow[] = [];
  let [count, every] = [0, 1];
  for (const file of files)
    for await (const { value, source } of readRows(file)) {
      if (count % every === 0) rows.push({ value, source });
      if (rows.length >= 2 * KEPT) {
        rows = rows.filter((_, i) => i % 2 === 0);
        every *= 2;
      }
      count += 1;
      if (count >= COUNTED) return { rows, count };
    }
  return { rows, count };
}
