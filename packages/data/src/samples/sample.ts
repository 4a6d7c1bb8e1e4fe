// What tokenising a row gives: ids, labels, what else the row brings, and where they came from.
import type { ColumnValues } from '@automodel/contracts';
import type { RowSource } from '../sources/row-source.js';

/** Further columns of a sample, by name: the `columns` of a document of a batch. */
export type SampleColumns = Readonly<Record<string, ColumnValues>>;

/** One tokenised row. */
export interface Sample {
  readonly inputIds: Int32Array;
  /** As long as `inputIds` and NOT shifted: the id where it is trained, -100 where not. */
  readonly labels: Int32Array;
  /** What the row brings along for columns of a model's batch. Absent: nothing. */
  readonly columns?: SampleColumns | undefined;
  readonly source: RowSource;
}

/** Number of tokens that the sample trains: the first token is never predicted. */
export function trainedTokensOf(sample: { readonly labels: ArrayLike<number> }): number {
  let count = 0;
  for (let i = 1; i < sample.labels.length; i++) if (sample.labels[i] !== -100) count++;
  return count;
}
