// The batch of a recorded graph: one document in each row, padded on the right to the recorded
// length, never packed (positions, convolutions and scans would run from one document into the
// next). An incomplete batch is filled with empty rows. In a micro-batch the rows lie one after the
// other, as documents do in every micro-batch.
import type { Capacity, Rectangle } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { locationOf } from '../sources/row-source.js';
import type { SampleSet } from '../samples/sample-set.js';
import { type Sample } from '../samples/sample.js';
import { layDocuments, type MicroBatch } from './micro-batch.js';

/** Errors: `bad-data` naming a row that is longer than a recorded one. */
function checkRow({ inputIds, source }: Sample, { columns }: Pick<Rectangle, 'columns'>): void {
  if (inputIds.length > columns)
    throw new AutomodelError(
      'bad-data',
      `this row has ${inputIds.length} tokens, longer than recorded: a row of the graph has ` +
        `${columns}`,
      {
        location: locationOf(source),
        hint: 'drop or truncate long rows, or record the model for longer ones',
      },
    );
}

/** Errors: `bad-data` naming the first sample that is longer than a row of `rectangle`. */
export function checkRows(samples: SampleSet, rectangle: Rectangle | undefined): void {
  if (rectangle === undefined) return;
  const long = samples.lengths.findIndex((length) => length > rectangle.columns);
  if (long >= 0) checkRow(samples.sample(long), rectangle);
}

/** Tokens and documents of a rectangle. */
export const capacityOf = ({
  rows,
  columns,
}: Pick<Rectangle, 'rows' | 'columns'>): { readonly token: number; readonly document: number } => ({
  token: rows * columns,
  document: rows,
});

/**
 * Row b holds sample b from token b * columns on; `further`: capacity of other axes. Errors:
 * `bad-data` naming the row that is longer than a recorded one.
 */
export function buildRectangle(
  samples: readonly Sample[],
  { rows, columns, padTokenId }: Omit<Rectangle, 'source'>,
  further: Capacity = {},
): MicroBatch {
  if (samples.length > rows)
    throw new AutomodelError(
      'bad-data',
      `${samples.length} rows do not fit into a batch recorded for ${rows}`,
    );
  for (const sample of samples) checkRow(sample, { columns });
  return layDocuments(
    samples,
    samples.map((_, row) => row * columns),
    { ...further, ...capacityOf({ rows, columns }) },
    padTokenId,
  );
}
