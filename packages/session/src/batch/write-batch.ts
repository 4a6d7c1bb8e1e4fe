// Fills the batch inputs of a program: the columns of the model's layout, and the targets.
import type { Batch, BatchColumn } from '@automodel/contracts';
import { TARGETS } from './batch-inputs.js';
import { fillColumn } from './fill-column.js';

/** Where batch inputs go: a program. */
export interface BatchTarget {
  /** Whether it reads the input. */
  reads(name: string): boolean;
  write(name: string, data: ArrayBufferView): void;
}

/** Fills those columns that the program reads. Errors: as `fillColumn`. */
export function writeBatch(
  program: BatchTarget,
  columns: readonly BatchColumn[],
  batch: Batch,
): void {
  for (const column of [...columns, TARGETS])
    if (program.reads(column.column)) program.write(column.column, fillColumn(column, batch));
}
