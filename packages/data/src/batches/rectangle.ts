// The batch of a recorded graph: one document a row, padded on the right to the recorded length,
// never packed (positions, convolutions and scans would run from one document into the next).
// An incomplete batch is filled with empty rows. In a micro-batch the rows lie one after the other,
// so that tokens, targets and segments mean what they mean for packed ones.
import type { Rectangle } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { locationOf } from '../sources/row-source.js';
import { type Sample } from '../samples/sample.js';
import { layDocuments, type MicroBatch } from './micro-batch.js';

/** Errors: `bad-data` naming a row that is longer than a recorded one. */
export function checkRow(
  { inputIds, source }: Sample,
  { columns }: Pick<Rectangle, 'columns'>,
): void {
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

/**
 * Row b holds sample b from token b * columns on. Errors: `bad-data` naming the row that is longer
 * than a recorded one.
 */
export function buildRectangle(
  samples: readonly Sample[],
  { rows, columns, padTokenId }: Omit<Rectangle, 'source'>,
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
    { token: rows * columns, document: rows },
    padTokenId,
  );
}
