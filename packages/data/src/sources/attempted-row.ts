// A row that is read, or the error that says why it cannot be: whoever reads on decides what a
// wrong row does.
import { AutomodelError } from '@automodel/core';
import type { AttemptedRow, Row } from './data-source.js';
import type { RowSource } from './row-source.js';

/** Reads one row; what is wrong with it alone is no reason not to read the next one. */
export function attemptedRow(source: RowSource, read: () => Row): AttemptedRow {
  try {
    return read();
  } catch (refused) {
    if (!(refused instanceof AutomodelError) || refused.code !== 'bad-data') throw refused;
    return { refused, source };
  }
}
