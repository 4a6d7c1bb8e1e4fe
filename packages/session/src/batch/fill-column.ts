// The values of one column of a batch: by the column's own rule, by the rule known for its name, or
// what the documents bring along.
import type { Batch, BatchArray, BatchColumn } from '@automodel/contracts';
import { AutomodelError, type DType } from '@automodel/core';
import { entriesOf, KNOWN_COLUMNS } from './known-columns.js';

/** Arrays in which host memory holds the numbers of a dtype. */
const ARRAYS: Readonly<Partial<Record<DType, new (length: number) => BatchArray>>> = {
  i32: Int32Array,
  i64: BigInt64Array,
  f32: Float32Array,
  f64: Float64Array,
  bf16: Uint16Array,
  f16: Uint16Array,
  bool: Uint8Array,
};

/**
 * Errors: `unsupported` for a column that nobody fills; `bad-data` for documents that bring more
 * entries than the batch has room for; `internal` for values of another size.
 */
export function fillColumn(column: BatchColumn, batch: Batch): BatchArray {
  const count = entriesOf(batch, column.per) * column.width;
  const rule = column.fill ?? KNOWN_COLUMNS[column.column];
  const values = rule === undefined ? broughtAlong(column, batch, count) : rule(batch);
  if (values.length !== count)
    throw new AutomodelError(
      'internal',
      `column ${column.column} was filled with ${values.length} numbers, and the batch has ` +
        `${count}`,
    );
  return values;
}

function broughtAlong({ column, dtype }: BatchColumn, batch: Batch, count: number): BatchArray {
  const make = ARRAYS[dtype];
  const isThere = batch.documents.some(({ columns }) => columns?.[column] !== undefined);
  if (make === undefined || (batch.documents.length > 0 && !isThere))
    throw new AutomodelError('unsupported', `nothing fills the batch's column ${column}`, {
      hint: 'give the column a fill function, or rows of data that bring it along',
    });
  const values = new make(count);
  let next = 0;
  for (const { columns } of batch.documents) {
    const own = columns?.[column];
    if (own === undefined) continue;
    if (next + own.length > count)
      throw new AutomodelError(
        'bad-data',
        `the documents of a batch bring ${next + own.length} numbers of ${column}, and it has ` +
          `room for ${count}`,
      );
    for (let i = 0; i < own.length; i++) values[next + i] = own[i]!;
    next += own.length;
  }
  return values;
}
