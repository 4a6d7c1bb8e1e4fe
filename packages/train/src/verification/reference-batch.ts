// The padded rows of a reference as one packed batch. transformers counts a padded row's whole width as its length where RoPE scales by length, so the batch says so.
import { fromReference } from '@automodel/data';
import type { PackedBatch } from '../session/packed-batch.js';
import type { IntegerMatrix } from './reference-file.js';

export interface ReferenceBatch extends PackedBatch {
  readonly trainedTokens: number;
  /** For each place of the padded matrix the row of the batch, -1 for padding. */
  readonly rowOf: Int32Array;
}

export interface PaddedRows {
  readonly inputIds: IntegerMatrix;
  /** 1 where a token is real; absent: everywhere. */
  readonly attentionMask?: IntegerMatrix | undefined;
  /** Not shifted; -100: not trained. */
  readonly labels?: IntegerMatrix | undefined;
}

/** Errors: a row that is not padded on the right, a trained label in the padding. `source` is the file, for errors. */
export function referenceBatch({ inputIds, attentionMask, labels }: PaddedRows, source: string): ReferenceBatch {
  const input = { batch: inputIds.rows, length: inputIds.columns, inputIds: inputIds.values, attentionMask: attentionMask?.values, labels: labels?.values };
  const { microBatches, rowOf, trainedTokens } = fromReference(input, { source });
  const batch = microBatches[0]!;
  return { ...batch, documentLengths: new Int32Array(batch.inputIds.length).fill(inputIds.columns), rowOf, trainedTokens };
}

/** Rows [from, to) of a matrix. */
export const rowsBetween = ({ columns, values }: IntegerMatrix, from: number, to: number): IntegerMatrix => ({ rows: to - from, columns, values: values.subarray(from * columns, to * columns) });
