// The batch of a decoder: the columns it asks for, and the tensors it reads them as.
import type { BatchColumn, BatchTensors } from '@automodel/contracts';
import type { Tensor } from '@automodel/core';

const COLUMNS = {
  inputIds: { column: 'input_ids', dtype: 'i32', per: 'token', width: 1 },
  positions: { column: 'positions', dtype: 'i32', per: 'token', width: 1 },
  documentLengths: { column: 'document_lengths', dtype: 'i32', per: 'token', width: 1 },
  segments: { column: 'segments', dtype: 'i32', per: 'document', width: 4 },
} as const satisfies Record<string, BatchColumn>;

/** A packed batch of T tokens and S documents. */
export interface DecoderBatch {
  /** i32[T] */
  readonly inputIds: Tensor;
  /** i32[T]: position within the token's own document. */
  readonly positions: Tensor;
  /** i32[T]: length of the token's own document; only if RoPE needs it. */
  readonly documentLengths: Tensor | undefined;
  /** i32[S,4]: rows (q_start, q_length, k_start, k_length). */
  readonly segments: Tensor;
}

/** The columns that a decoder reads, with document lengths if `withLengths`. */
export function decoderColumns(withLengths: boolean): readonly BatchColumn[] {
  const { inputIds, positions, documentLengths, segments } = COLUMNS;
  return withLengths
    ? [inputIds, positions, documentLengths, segments]
    : [inputIds, positions, segments];
}

/** Reads a decoder's batch from its columns. */
export function decoderBatch(batch: BatchTensors, withLengths: boolean): DecoderBatch {
  return {
    inputIds: batch.read(COLUMNS.inputIds.column),
    positions: batch.read(COLUMNS.positions.column),
    documentLengths: withLengths ? batch.read(COLUMNS.documentLengths.column) : undefined,
    segments: batch.read(COLUMNS.segments.column),
  };
}
