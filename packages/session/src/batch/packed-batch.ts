// A packed batch in host memory, as programs take it: T tokens of up to S documents, one after the
// other. The loader's micro-batches have this form.
import { AutomodelError } from '@automodel/core';
import type { LanguageModel } from '@automodel/contracts';
import type { Capacity } from './batch-inputs.js';

/**
 * Rows of i32 numbers: T entries each, `segments` 4 a document: (q_start, q_length, k_start,
 * k_length); unused rows are zero.
 */
export interface PackedBatch {
  readonly inputIds: Int32Array;
  /** Position within the token's own document. */
  readonly positions: Int32Array;
  readonly segments: Int32Array;
  /** Aligned with the logits; -100: not trained. */
  readonly targets: Int32Array;
  /**
   * Length of the token's own document where it differs from what `segments` say (padded rows of a
   * reference).
   */
  readonly documentLengths?: Int32Array | undefined;
}

export const capacityOf = (batch: PackedBatch): Capacity => ({
  tokens: batch.inputIds.length,
  segments: batch.segments.length / 4,
});

/** The length of each token's document by `segments`; 1 outside all documents. */
export function documentLengthsOf(batch: PackedBatch): Int32Array {
  if (batch.documentLengths !== undefined) return batch.documentLengths;
  const lengths = new Int32Array(batch.inputIds.length).fill(1);
  for (let i = 0; i < batch.segments.length; i += 4)
    lengths.fill(
      batch.segments[i + 3]!,
      batch.segments[i]!,
      batch.segments[i]! + batch.segments[i + 1]!,
    );
  return lengths;
}

/** 1 for tokens of documents, 0 outside of all. i32[T] */
export function attentionMaskOf(batch: PackedBatch): Int32Array {
  const mask = new Int32Array(batch.inputIds.length);
  for (let i = 0; i < batch.segments.length; i += 4)
    mask.fill(1, batch.segments[i]!, batch.segments[i]! + batch.segments[i + 1]!);
  return mask;
}

/** Throws `bad-data` for an id outside the vocabulary: kernels read the embedding table at it. */
export function checkTokenIds(model: LanguageModel, ids: Int32Array): void {
  const bad = ids.findIndex((id) => id < 0 || id >= model.vocabularySize);
  if (bad !== -1)
    throw new AutomodelError(
      'bad-data',
      `token id ${ids[bad]} at position ${bad} is outside the model's vocabulary of ` +
        `${model.vocabularySize}`,
      { hint: 'Use the tokenizer that belongs to the model.' },
    );
}
