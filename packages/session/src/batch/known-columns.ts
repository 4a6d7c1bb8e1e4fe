// Columns whose values follow from the tokens of documents, by name: a model that names one in
// its layout need not say how it is filled.
import type { Batch } from '@automodel/contracts';
import { AutomodelError, type DenseArray } from '@automodel/core';

const IGNORE_INDEX = -100;

/** Entries that the batch has room for. Errors: `internal` for an axis that it does not count. */
export function entriesOf({ capacity }: Pick<Batch, 'capacity'>, axis: string): number {
  const entries = capacity[axis];
  if (entries === undefined)
    throw new AutomodelError('internal', `the batch has no capacity on the axis ${axis}`);
  return entries;
}

const tokens = (batch: Batch, outside: number): Int32Array =>
  new Int32Array(entriesOf(batch, 'token')).fill(outside);

/** [T] token ids; the pad id outside of documents. */
function inputIds(batch: Batch): Int32Array {
  const ids = tokens(batch, batch.padTokenId);
  for (const document of batch.documents) ids.set(document.inputIds, document.start);
  return ids;
}

/** [T] the id that the logits of a token should predict: no document predicts its neighbour. */
function targets(batch: Batch): Int32Array {
  const next = tokens(batch, IGNORE_INDEX);
  for (const { start, labels } of batch.documents) next.set(labels.subarray(1), start);
  return next;
}

/** [T] position within the document; 0 outside. */
function positions(batch: Batch): Int32Array {
  const places = tokens(batch, 0);
  for (const { start, inputIds: ids } of batch.documents)
    for (let i = 0; i < ids.length; i++) places[start + i] = i;
  return places;
}

/** [T] length of the token's document; 1 outside of all. */
function documentLengths(batch: Batch): Int32Array {
  const lengths = tokens(batch, 1);
  for (const { start, inputIds: ids, toldLength } of batch.documents)
    lengths.fill(toldLength ?? ids.length, start, start + ids.length);
  return lengths;
}

/** [T] 1 for tokens of documents, 0 outside of all. */
function attentionMask(batch: Batch): Int32Array {
  const mask = tokens(batch, 0);
  for (const { start, inputIds: ids } of batch.documents) mask.fill(1, start, start + ids.length);
  return mask;
}

/** [S,4] query start, query length, key start, key length of each document; unused rows are 0. */
function segments(batch: Batch): Int32Array {
  const rows = new Int32Array(4 * entriesOf(batch, 'document'));
  batch.documents.forEach(({ start, inputIds: { length } }, i) =>
    rows.set([start, length, start, length], 4 * i),
  );
  return rows;
}

export const KNOWN_COLUMNS: Readonly<Record<string, (batch: Batch) => DenseArray>> = {
  input_ids: inputIds,
  targets,
  positions,
  document_lengths: documentLengths,
  attention_mask: attentionMask,
  segments,
};
