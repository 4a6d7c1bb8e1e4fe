// The batch inputs that every program over a packed batch has, by name.
import type {
  CausalLanguageModel,
  DecoderBatch,
  LanguageModel,
  RecordedBatch,
  RecordedLanguageModel,
} from '@automodel/contracts';
import { AutomodelError, cast, reshape, type Trace } from '@automodel/core';

/**
 * Capacities of a program: T tokens and S segments. Shorter batches leave the tail as inert tokens
 * outside every segment.
 */
export interface Capacity {
  readonly tokens: number;
  readonly segments: number;
}

export const BATCH = {
  inputIds: 'input_ids',
  positions: 'positions',
  documentLengths: 'document_lengths',
  segments: 'segments',
  attentionMask: 'attention_mask',
  targets: 'targets',
  scale: 'scale',
  keep: 'keep',
  dropoutSeed: 'dropout_seed',
  dropoutStep: 'dropout_step',
} as const;

/** Declares input_ids, positions, segments and, where the model reads them, document_lengths. */
export function batchInputs(
  trace: Trace,
  model: CausalLanguageModel,
  capacity: Capacity,
): DecoderBatch {
  const { tokens, segments } = capacity;
  return {
    inputIds: trace.input('batch', BATCH.inputIds, [tokens], 'i32'),
    positions: trace.input('batch', BATCH.positions, [tokens], 'i32'),
    documentLengths: model.needsDocumentLengths
      ? trace.input('batch', BATCH.documentLengths, [tokens], 'i32')
      : undefined,
    segments: trace.input('batch', BATCH.segments, [segments, 4], 'i32'),
  };
}

/**
 * Declares input_ids and attention_mask as T = B*S numbers and shows them to the model as i64[B,S].
 */
export function recordedInputs(
  trace: Trace,
  model: RecordedLanguageModel,
  { tokens }: Capacity,
): RecordedBatch {
  const { rows, columns } = model;
  if (tokens !== rows * columns)
    throw new AutomodelError(
      'internal',
      `a model recorded for ${rows} rows of ${columns} tokens was given a batch of ${tokens} ` +
        'tokens',
    );
  const rectangle = (name: string) =>
    cast(reshape(trace.input('batch', name, [tokens], 'i32'), [rows, columns]), 'i64');
  return trace.run(() => ({
    inputIds: rectangle(BATCH.inputIds),
    attentionMask: rectangle(BATCH.attentionMask),
  }));
}

/**
 * The capacity of a program that is only looked at: the one a recorded model has, one token for
 * others.
 */
export const leastCapacity = (model: LanguageModel): Capacity =>
  model.kind === 'recorded'
    ? { tokens: model.rows * model.columns, segments: model.rows }
    : { tokens: 1, segments: 1 };
