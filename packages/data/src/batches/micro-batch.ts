// A micro-batch: documents one after the other in a token-major buffer of fixed capacity, as the
// training program takes it. Rows after the last document are never read by kernels; they hold
// token 0 and no target. Targets are shifted here, inside each document, so that no document
// predicts its neighbour.
import { AutomodelError } from '@automodel/core';
import { locationOf, type RowSource } from '../sources/row-source.js';
import { type Sample } from '../samples/sample.js';
import { IGNORE_INDEX } from '../labels/label-text.js';

/** Where a document lies in a micro-batch. */
export interface DocumentPlace {
  readonly source: RowSource;
  readonly start: number;
  readonly length: number;
}

export interface MicroBatch {
  /** [T] token ids; 0 (of a rectangle: the pad id) outside of documents. */
  readonly inputIds: Int32Array;
  /**
   * [T] the id that the logits of this row should predict; -100 where nothing is trained: also in
   * the last row of a document and outside of documents.
   */
  readonly targets: Int32Array;
  /** [T] position within the document. */
  readonly positions: Int32Array;
  /**
   * [S, 4] query start, query length, key start, key length of each document; unused rows are zero.
   */
  readonly segments: Int32Array;
  /** Rows up to the end of the last document; 0 in an empty micro-batch. */
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
export function buildMicroBatch(
  samples: readonly Sample[],
  capacity: MicroBatchCapacity,
): MicroBatch {
  const starts: number[] = [];
  let next = 0;
  for (const {
    inputIds: { length },
    source,
  } of samples) {
    if (next + length > capacity.tokens || starts.length >= capacity.segments) {
      throw new AutomodelError(
        'bad-data',
        `a micro-batch of ${capacity.tokens} tokens and ${capacity.segments} documents has no ` +
          `room for this row of ${length} tokens`,
        { location: locationOf(source) },
      );
    }
    starts.push(next);
    next += length;
  }
  return layDocuments(samples, starts, capacity, 0);
}

/**
 * Lays sample i from token `starts[i]` on; ascending, without overlap. `padTokenId` fills the rest.
 */
export function layDocuments(
  samples: readonly Sample[],
  starts: readonly number[],
  capacity: MicroBatchCapacity,
  padTokenId: number,
): MicroBatch {
  const inputIds = new Int32Array(capacity.tokens).fill(padTokenId);
  const targets = new Int32Array(capacity.tokens).fill(IGNORE_INDEX);
  const positions = new Int32Array(capacity.tokens);
  const segments = new Int32Array(capacity.segments * SEGMENT_FIELDS);
  const documents: DocumentPlace[] = [];
  let [rows, trainedTokens] = [0, 0];
  samples.forEach(({ inputIds: ids, labels, source }, document) => {
    const [start, length] = [starts[document]!, ids.length];
    if (labels.length !== length)
      throw new AutomodelError('bad-data', `${labels.length} labels for ${length} tokens`, {
        location: locationOf(source),
      });
    inputIds.set(ids, start);
    for (let i = 0; i < length; i++) positions[start + i] = i;
    for (let i = 1; i < length; i++) {
      const label = labels[i] ?? IGNORE_INDEX;
      targets[start + i - 1] = label;
      if (label !== IGNORE_INDEX) trainedTokens++;
    }
    segments.set([start, length, start, length], document * SEGMENT_FIELDS);
    documents.push({ source, start, length });
    rows = start + length;
  });
  return { inputIds, targets, positions, segments, rows, trainedTokens, documents };
}
