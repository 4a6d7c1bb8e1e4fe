// What tokenising a row gives: ids, labels, what else the row brings, and where they came from.
import type { ColumnValues } from '@automodel/contracts';
import type { RowSource } from '../sources/row-source.js';

/** Further columns of a sample, by name: the `columns` of a document of a batch. */
export type SampleColumns = Readonly<Record<string, ColumnValues>>;

/** Lists while a sample is made, which costs less than arrays of its own. */
export type SampleIds = Int32Array | readonly number[];

/** One tokenised row. */
export interface Sample<Ids extends SampleIds = Int32Array> {
  readonly inputIds: Ids;
  /** As long as `inputIds` and NOT shifted: the id where it is trained, -100 where not. */
  readonly labels: Ids;
  /** What the row brings along for columns of a model's batch. Absent: nothing. */
  readonly columns?: SampleColumns | undefined;
  readonly source: RowSource;
}

/** A sample that nothing is stored of yet. */
export type ListedSample = Sample<readonly number[]>;

/** Number of tokens that the sample trains: the first token is never predicted. */
export function trainedTokensOf(sample: { readonly labels: ArrayLike<number> }): number {
  let count = 0;
  for (let i = 1; i < sample.labels.length; i++) if (sample.labels[i] !== -100) count++;
  return count;
}
