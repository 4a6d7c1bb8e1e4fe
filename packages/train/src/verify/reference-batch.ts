// The padded rows of a reference as one batch: packed, or of a recorded graph padded as it was
// recorded. transformers counts a padded row's whole width as its length where RoPE scales by
// length, so the batch says so.
import type { LanguageModel } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { fromReference } from '@automodel/data';
import type { PackedBatch } from '@automodel/session';
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

/**
 * Errors: a row that is not padded on the right or longer than recorded, more rows than recorded, a
 * trained label in the padding. `source` is the file, for errors.
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
  const { microBatches, rowOf, trainedTokens } = fromReference(input, {
    source,
    ...(model.kind === 'recorded' ? { rectangle: model } : {}),
  });
  const batch = microBatches[0]!;
  if (model.kind !== 'recorded')
    return {
      ...batch,
      documentLengths: new Int32Array(batch.inputIds.length).fill(inputIds.columns),
      rowOf,
      trainedTokens,
    };
  if (microBatches.length > 1)
    throw new AutomodelError(
      'bad-data',
      `input_ids has ${inputIds.rows} rows, the graph was recorded for ${model.rows}`,
      { location: source },
    );
  return { ...batch, rowOf, trainedTokens };
}

/** Rows to run at once: those of a recorded batch, else about `tokens` tokens. */
export const rowsAtOnce = (model: LanguageModel, columns: number, tokens: number): number =>
  model.kind === 'recorded' ? model.rows : Math.max(1, Math.floor(tokens / columns));

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
