// A micro-batch: documents one after the other in a batch of fixed capacity. It says where they
// are; the columns that a model reads are filled from it when it reaches a program.
import type { Batch, BatchDocument, Capacity } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { trainedTokensOf, type Sample } from '../samples/sample.js';
import { locationOf, type RowSource } from '../sources/row-source.js';
import { entriesOf, entriesText } from './entries.js';

/** A document and the row of data it is. */
export interface PlacedDocument extends BatchDocument {
  readonly source: RowSource;
}

export interface MicroBatch extends Batch {
  readonly documents: readonly PlacedDocument[];
  /** Entries in use on each axis of the capacity. */
  readonly used: Capacity;
  /** Tokens that are targets of a prediction. */
  readonly trainedTokens: number;
}

/** Lays `samples` one after the other. Errors: `bad-data` naming the row that does not fit. */
export function buildMicroBatch(samples: readonly Sample[], capacity: Capacity): MicroBatch {
  let next = 0;
  const starts = samples.map(({ inputIds }) => (next += inputIds.length) - inputIds.length);
  return layDocuments(samples, starts, capacity, 0);
}

/**
 * Lays sample i from token `starts[i]` on; ascending, without overlap. Errors: `bad-data` naming
 * the row that does not fit.
 */
export function layDocuments(
  samples: readonly Sample[],
  starts: readonly number[],
  capacity: Capacity,
  padTokenId: number,
): MicroBatch {
  const used: Record<string, number> = Object.fromEntries(
    Object.keys(capacity).map((axis) => [axis, 0]),
  );
  const documents = samples.map((sample, i): PlacedDocument => {
    checkLabels(sample);
    const entries = entriesOf(sample);
    for (const [axis, limit] of Object.entries(capacity)) {
      used[axis] = used[axis]! + (entries[axis] ?? 0);
      if (used[axis] > limit) throw noRoom(sample, capacity);
    }
    return { ...sample, start: starts[i] ?? 0 };
  });
  const trainedTokens = samples.reduce((sum, sample) => sum + trainedTokensOf(sample), 0);
  return { documents, capacity, padTokenId, used, trainedTokens };
}

function checkLabels({ inputIds, labels, source }: Sample): void {
  if (labels.length !== inputIds.length)
    throw new AutomodelError('bad-data', `${labels.length} labels for ${inputIds.length} tokens`, {
      location: locationOf(source),
    });
}

function noRoom(sample: Sample, capacity: Capacity): AutomodelError {
  const entries = entriesOf(sample);
  const room = Object.entries(capacity).map(([axis, count]) => entriesText(count, axis));
  const needed = Object.keys(capacity)
    .filter((axis) => axis !== 'document')
    .map((axis) => entriesText(entries[axis] ?? 0, axis));
  return new AutomodelError(
    'bad-data',
    `a micro-batch of ${listed(room)} has no room for this row of ${listed(needed)}`,
    { location: locationOf(sample.source) },
  );
}

/** `a, b and c`. */
const listed = (words: readonly string[]): string =>
  [words.slice(0, -1).join(', '), ...words.slice(-1)].filter((part) => part !== '').join(' and ');
