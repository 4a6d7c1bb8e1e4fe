// The columns that a model reads, against those that samples bring along: checked before the first
// batch, because a column under another name would be trained on as zeros.
import type { BatchColumn } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { typeText, type SampleColumn } from '../samples/sample-columns.js';

/**
 * Errors: `bad-data` for a column of another type than the model's, `unsupported` for one that the
 * data lacks although it brings others for that axis. Columns that the model fills by itself are
 * not checked.
 */
export function checkModelColumns(
  brought: readonly SampleColumn[],
  columns: readonly BatchColumn[],
): void {
  for (const { column, fill, ...wanted } of columns) {
    if (fill !== undefined) continue;
    const own = brought.find((one) => one.column === column);
    if (own !== undefined && typeText(own) !== typeText(wanted))
      throw new AutomodelError(
        'bad-data',
        `the model reads ${typeText(wanted)} as ${column}, and the data brings ${typeText(own)}`,
      );
    const others = brought.filter(({ per }) => per === wanted.per);
    const isCounted = wanted.per !== 'token' && wanted.per !== 'document';
    if (own === undefined && isCounted && others.length > 0)
      throw new AutomodelError(
        'unsupported',
        `the model reads a column ${column} per ${wanted.per}, and the data brings ` +
          others.map((one) => one.column).join(', '),
      );
  }
}
