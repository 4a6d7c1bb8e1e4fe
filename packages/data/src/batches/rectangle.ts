// The batch of a recorded graph: one document in each row, padded on the right to the recorded
// length, never packed (positions, convolutions and scans would run from one document into the
// next). An incomplete batch is filled with empty rows. In a micro-batch the rows lie one after the
// other, as documents do in every micro-batch.
import type { Capacity, Rectangle } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { locationOf, type RowSource } from '../sources/row-source.js';
import type { SampleSet } from '../samples/sample-set.js';
import { type Sample } from '../samples/sample.js';
import { refuseSamples } from '../samples/wrong-rows.js';
import { indicesAbove } from './entries.js';
import { layDocuments, type MicroBatch } from './micro-batch.js';

const tooLong = (
  length: number | undefined,
  source: RowSource,
  { columns }: Pick<Rectangle, 'columns'>,
): AutomodelError =>
  new AutomodelError(
    'bad-data',
    `this row has ${length} tokens, longer than recorded: a row of the graph has ${columns}`,
    {
      location: locationOf(source),
      hint: 'drop or truncate long rows, or record the model for longer ones',
    },
  );

/** Errors: `bad-data` naming the samples that are longer than a row of `rectangle`. */
export function checkRows(samples: SampleSet, rectangle: Rectangle | undefined): void {
  if (rectangle === undefined) return;
  const { lengths } = samples;
  refuseSamples(indicesAbove(lengths, rectangle.columns), (long) =>
    tooLong(lengths[long], samples.source(long), rectangle),
  );
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
  for (const { inputIds, source } of samples)
    if (inputIds.length > columns) throw tooLong(inputIds.length, source, { columns });
  return layDocuments(
    samples,
    samples.map((_, row) => row * columns),
    { ...further, ...capacityOf({ rows, columns }) },
    padTokenId,
  );
}
