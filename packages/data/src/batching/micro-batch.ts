// A micro-batch: documents one after the other in a token-major buffer of fixed capacity, as the training program takes it. Rows after the last document are never
// read by kernels; they hold token 0 and no target. Targets are shifted here, inside each document, so that no document predicts its neighbour.
import { AutomodelError } from '@automodel/core';
import { locationOf, type RowSource, type Sample } from '../datasets/sample.js';
import { IGNORE_INDEX } from '../masks/label-text.js';

/** Where a document lies in a micro-batch. */
export interface DocumentPlace {
  readonly source: RowSource;
  readonly start: number;
  readonly length: number;
}

export interface MicroBatch {
  /** [T] token ids; 0 after `rows`. */
  readonly inputIds: Int32Array;
  /** [T] the id that the logits of this row should predict; -100 where nothing is trained: also in the last row of a document and after `rows`. */
  readonly targets: Int32Array;
  /** [T] position within the document. */
  readonly positions: Int32Array;
  /** [S, 4] query start, query length, key start, key length of each document; unused rows are zero. */
  readonly segments: Int32Array;
  /** Used rows; 0 in an empty micro-batch. */
  readonly rows: number;
  /** Targets that are not -100. */
  readonly trainedTokens: number;
  readonly documents: readonly DocumentPlace[];
}

export interface MicroBatchCapacity {
  /** T. */
  readonly tokens: number;
  /** S. */
  readonly segments: number;
}

const SEGMENT_FIELDS = 4;

/** Lays `samples` one after the other. Errors: `bad-data` naming the row that does not fit. */
export function buildMicroBatch(samples: readonly Sample[], capacity: MicroBatchCapacity): MicroBatch {
  const inputIds = new Int32Array(capacity.tokens);
  const targets = new Int32Array(capacity.tokens).fill(IGNORE_INDEX);
  const positions = new Int32Array(capacity.tokens);
  const segments = new Int32Array(capacity.segments * SEGMENT_FIELDS);
  const documents: DocumentPlace[] = [];
  let rows = 0;
  let trainedTokens = 0;
  for (const { inputIds: ids, labels, source } of samples) {
    const length = ids.length;
    if (labels.length !== length) throw new AutomodelError('bad-data', `${labels.length} labels for ${length} tokens`, { location: locationOf(source) });
    if (rows + length > capacity.tokens || documents.length >= capacity.segments) {
      throw new AutomodelError('bad-data', `a micro-batch of ${capacity.tokens} tokens and ${capacity.segments} documents has no room for this row of ${length} tokens`, { location: locationOf(source) });
    }
    inputIds.set(ids, rows);
    for (let i = 0; i < length; i++) positions[rows + i] = i;
    for (let i = 1; i < length; i++) {
      const label = labels[i] ?? IGNORE_INDEX;
      targets[rows + i - 1] = label;
      if (label !== IGNORE_INDEX) trainedTokens++;
    }
    segments.set([rows, length, rows, length], documents.length * SEGMENT_FIELDS);
    documents.push({ source, start: rows, length });
    rows += length;
  }
  return { inputIds, targets, positions, segments, rows, trainedTokens, documents };
}
