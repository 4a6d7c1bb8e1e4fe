// The batch inputs that every program over a packed batch has, by name.
import type { CausalLanguageModel, DecoderBatch } from '@automodel/contracts';
import type { Trace } from '@automodel/core';

/** Capacities of a program: T tokens and S segments. Shorter batches leave the tail as inert tokens outside every segment. */
export interface Capacity {
  readonly tokens: number;
  readonly segments: number;
}

export const BATCH = { inputIds: 'input_ids', positions: 'positions', documentLengths: 'document_lengths', segments: 'segments', targets: 'targets', scale: 'scale', keep: 'keep' } as const;

/** Declares input_ids, positions, segments and, where the model reads them, document_lengths. */
export function batchInputs(trace: Trace, model: CausalLanguageModel, capacity: Capacity): DecoderBatch {
  const { tokens, segments } = capacity;
  return {
    inputIds: trace.input('batch', BATCH.inputIds, [tokens], 'i32'),
    positions: trace.input('batch', BATCH.positions, [tokens], 'i32'),
    documentLengths: model.needsDocumentLengths ? trace.input('batch', BATCH.documentLengths, [tokens], 'i32') : undefined,
    segments: trace.input('batch', BATCH.segments, [segments, 4], 'i32'),
  };
}
