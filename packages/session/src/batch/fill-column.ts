// The values of one column of a batch: by the column's own rule, else what the documents bring
// along under its name, else by the rule known for that name.
import type {
  Batch,
  BatchColumn,
  BatchDocument,
  ColumnType,
  ColumnValues,
} from '@automodel/contracts';
import { AutomodelError, denseArrayOf, type DenseArray } from '@automodel/core';
import { entriesOf, KNOWN_COLUMNS } from './known-columns.js';

/**
 * Errors: `unsupported` for a column that nobody fills; `bad-data` for documents that bring values
 * of another type, or more entries than the batch has room for; `internal` for values of another
 * size.
 */
export function fillColumn(column: BatchColumn, batch: Batch): DenseArray {
  const count = entriesOf(batch, column.per) * column.width;
  const values = column.fill?.(batch) ?? filled(column, batch, count);
  if (values.length !== count)
    throw new AutomodelError(
      'internal',
      `column ${column.column} was filled with ${values.length} numbers, and the batch has ` +
        `${count}`,
    );
  return values;
}

function filled(column: BatchColumn, batch: Batch, count: number): DenseArray {
  const { documents } = batch;
  const known = KNOWN_COLUMNS[column.column]?.(batch);
  const isBrought = documents.some(({ columns }) => columns?.[column.column] !== undefined);
  if (known !== undefined && !isBrought) return known;
  if (documents.length > 0 && !isBrought && isRequired(column))
    throw new AutomodelError('unsupported', `nothing fills the batch's column ${column.column}`, {
      hint: 'give the column a fill function, or rows of data that bring it along',
    });
  const rule = known?.length === count ? known : undefined;
  const values = rule ?? new (denseArrayOf(column.dtype))(count);
  let entry = 0;
  for (const [i, document] of documents.entries()) {
    if (column.per === 'token') entry = document.start;
    if (column.per === 'document') entry = i;
    const own = document.columns?.[column.column];
    checkOwn(column, document, own, rule !== undefined);
    if (own !== undefined) entry = place(column, values, own, entry);
  }
  return values;
}

/** A document may have no patches, but each of its tokens has an entry. */
const isRequired = ({ per }: BatchColumn): boolean => per === 'token' || per === 'document';

/** Errors: `bad-data` for values that are not what the model reads, or missing without a rule. */
function checkOwn(
  column: BatchColumn,
  { inputIds }: BatchDocument,
  own: ColumnValues | undefined,
  hasRule: boolean,
): void {
  const refuse = (brought: string): AutomodelError =>
    new AutomodelError(
      'bad-data',
      `the model reads ${typeText(column)} as ${column.column}, and a document brings ${brought}`,
    );
  if (own === undefined) {
    if (isRequired(column) && !hasRule) throw refuse('none');
    return;
  }
  if (own.dtype !== column.dtype || own.per !== column.per || own.width !== column.width)
    throw refuse(typeText(own));
  const entries = column.per === 'token' ? inputIds.length : 1;
  if (isRequired(column) && own.values.length !== entries * column.width)
    throw refuse(`${own.values.length} numbers for ${inputIds.length} tokens`);
}

/** Writes what a document brings from `entry` on; gives the entry after it. */
function place(
  { column, width }: BatchColumn,
  values: DenseArray,
  own: ColumnValues,
  entry: number,
): number {
  const end = entry * width + own.values.length;
  if (end > values.length)
    throw new AutomodelError(
      'bad-data',
      `the documents of a batch bring ${end} numbers of ${column}, and it has room for ` +
        `${values.length}`,
    );
  // Arrays of one dtype, which tsc cannot know; `set` is declared for each class by itself.
  (values as Float32Array).set(own.values as Float32Array, entry * width);
  return end / width;
}

const typeText = ({ dtype, per, width }: ColumnType): string => `${width} ${dtype} per ${per}`;
