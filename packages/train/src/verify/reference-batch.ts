// The padded rows of a reference as one batch: packed, or for a recorded graph padded as it was
// recorded. Where RoPE scales by length, transformers counts a row's padding as well, so the batch
// gives that length.
import type { LanguageModel, Ranks } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { fromReference, type MicroBatch } from '@automodel/data';
import type { IntegerMatrix } from './reference-file.js';

export interface ReferenceBatch extends MicroBatch {
  /** For each position of the padded matrix, its row of the batch; -1 for padding. */
  readonly rowOf: Int32Array;
}

export interface PaddedRows {
  readonly inputIds: IntegerMatrix;
  /** 1 where a token is real; absent: everywhere. */
  readonly attentionMask?: IntegerMatrix | undefined;
  /** Not shifted; -100: not trained. */
  readonly labels?: IntegerMatrix | undefined;
}

/**
 * Errors: a row that is not padded on the right or longer than recorded, more rows than recorded, a
 * trained label in the padding. `source` is the file named in errors.
 */
export function referenceBatch(
  model: LanguageModel,
  { inputIds, attentionMask, labels }: PaddedRows,
  source: string,
): ReferenceBatch {
  const input = {
    batch: inputIds.rows,
    length: inputIds.columns,
    inputIds: inputIds.values,
    attentionMask: attentionMask?.values,
    labels: labels?.values,
  };
  const { rectangle } = model.batch;
  const { microBatches, rowOf, trainedTokens } = fromReference(input, { source, rectangle });
  const [batch] = microBatches;
  if (batch === undefined || microBatches.length > 1)
    throw new AutomodelError(
      'bad-data',
      `input_ids has ${inputIds.rows} rows, the graph was recorded for ${rectangle?.rows ?? 0}`,
      { location: source },
    );
  const toldLength = inputIds.columns;
  const documents = batch.documents.map((document) => ({ ...document, toldLength }));
  return { ...batch, documents, rowOf, trainedTokens };
}

/** The labels of the rows that a process trains: every `size`th; those of others are -100. */
export function labelsOfRank(
  { inputIds, attentionMask, labels = inputIds }: PaddedRows,
  { size, rank }: Ranks,
): IntegerMatrix {
  const { columns } = inputIds;
  const isOwn = (i: number): boolean => Math.floor(i / columns) % size === rank;
  const isReal = (i: number): boolean => attentionMask?.values[i] !== 0;
  return {
    ...labels,
    values: labels.values.map((label, i) => (isOwn(i) && isReal(i) ? label : -100)),
  };
}

/** Rows to run at once: those of a recorded batch, else about `tokens` tokens. */
export const rowsAtOnce = (model: LanguageModel, columns: number, tokens: number): number =>
  model.batch.rectangle?.rows ?? Math.max(1, Math.floor(tokens / columns));

/** Rows [from, to) of a matrix. */
export const rowsBetween = (
  { columns, values }: IntegerMatrix,
  from: number,
  to: number,
): IntegerMatrix => ({
  rows: to - from,
  columns,
  values: values.subarray(from * columns, to * columns),
});
