// A micro-batch: documents one after the other in a batch of fixed capacity. It says where documents
// lie; the columns that a model reads are filled from it when it reaches a program.
import type { Batch, BatchDocument, Capacity } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { trainedTokensOf, type Sample } from '../samples/sample.js';
import { locationOf, type RowSource } from '../sources/row-source.js';

/** A document and the row of data it is. */
export interface PlacedDocument extends BatchDocument {
  readonly source: RowSource;
}

export interface MicroBatch extends Batch {
  readonly documents: readonly PlacedDocument[];
  /** Tokens that are targets of a prediction. */
  readonly trainedTokens: number;
}

/** Lays `samples` one after the other. Errors: `bad-data` naming the row that does not fit. */
export function buildMicroBatch(samples: readonly Sample[], capacity: Capacity): MicroBatch {
  const { token = 0, document = 0 } = capacity;
  const starts: number[] = [];
  let next = 0;
  for (const { inputIds, source } of samples) {
    const { length } = inputIds;
    if (next + length > token || starts.length >= document)
      throw new AutomodelError(
        'bad-data',
        `a micro-batch of ${token} tokens and ${document} documents has no room for this row of ` +
          `${length} tokens`,
        { location: locationOf(source) },
      );
    starts.push(next);
    next += length;
  }
  return layDocuments(samples, starts, capacity, 0);
}

/** Lays sample i from token `starts[i]` on; ascending, without overlap. */
export function layDocuments(
  samples: readonly Sample[],
  starts: readonly number[],
  capacity: Capacity,
  padTokenId: number,
): MicroBatch {
  const documents = samples.map((sample, i): PlacedDocument => {
    const { inputIds, labels, source } = sample;
    if (labels.length !== inputIds.length)
      throw new AutomodelError(
        'bad-data',
        `${labels.length} labels for ${inputIds.length} tokens`,
        {
          location: locationOf(source),
        },
      );
    return { ...sample, start: starts[i] ?? 0 };
  });
  const trainedTokens = samples.reduce((sum, sample) => sum + trainedTokensOf(sample), 0);
  return { documents, capacity, padTokenId, trainedTokens };
}
