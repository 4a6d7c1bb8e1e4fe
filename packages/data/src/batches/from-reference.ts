// Turns a padded reference batch [B, S] (input_ids, attention_mask, labels of Hugging Face models)
// into micro-batches: each row becomes a document as long as its used part. A map says where the
// logits of each token are.
import type { Rectangle } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { IGNORE_INDEX } from '../labels/label-text.js';
import { buildMicroBatch, type MicroBatch } from './micro-batch.js';
import { buildRectangle } from './rectangle.js';

/** Row-major [batch, length] arrays as safetensors files hold them. */
export interface ReferenceInput {
  readonly batch: number;
  readonly length: number;
  readonly inputIds: ArrayLike<number | bigint>;
  /** 1 where a token is used; rows are padded on the right. Default: all used. */
  readonly attentionMask?: ArrayLike<number | bigint> | undefined;
  /** NOT shifted, -100 where not trained. Default: nothing is trained. */
  readonly labels?: ArrayLike<number | bigint> | undefined;
}

export interface ReferenceOptions {
  /** Rows of the batch in one micro-batch. Default: all. */
  readonly documentsPerMicroBatch?: number | undefined;
  /**
   * The fixed shape of a micro-batch, with one row of the batch in each of its rows. Absent: rows
   * lie one after the other.
   */
  readonly rectangle?: Rectangle | undefined;
  /** Name of the file, for errors and as the source of the documents. */
  readonly source?: string | undefined;
}

export interface ReferenceBatch {
  readonly microBatches: readonly MicroBatch[];
  /** [B * S] the micro-batch that holds each token, -1 for padding. */
  readonly microBatchOf: Int32Array;
  /** [B * S] the row within that micro-batch, -1 for padding. */
  readonly rowOf: Int32Array;
  readonly trainedTokens: number;
}

/**
 * Errors: `bad-data` for arrays of another size, padding that is not on the right, and labels on
 * padding.
 */
export function fromReference(
  input: ReferenceInput,
  options: ReferenceOptions = {},
): ReferenceBatch {
  const { batch, length } = input;
  const file = options.source ?? 'reference';
  const { rectangle } = options;
  const perMicroBatch = rectangle?.rows ?? options.documentsPerMicroBatch ?? Math.max(1, batch);
  for (const [name, array] of [
    ['input_ids', input.inputIds],
    ['attention_mask', input.attentionMask],
    ['labels', input.labels],
  ] as const) {
    if (array !== undefined && array.length !== batch * length)
      throw new AutomodelError(
        'bad-data',
        `${name} has ${array.length} values, not ${batch} x ${length}`,
        { location: file },
      );
  }
  const samples = Array.from({ length: batch }, (_, b) => referenceRow(input, b, file));
  const microBatchOf = new Int32Array(batch * length).fill(-1);
  const rowOf = new Int32Array(batch * length).fill(-1);
  const microBatches: MicroBatch[] = [];
  for (let first = 0; first < batch; first += perMicroBatch) {
    const chosen = samples.slice(first, first + perMicroBatch);
    const microBatch =
      rectangle === undefined
        ? buildMicroBatch(chosen, { token: perMicroBatch * length, document: perMicroBatch })
        : buildRectangle(chosen, rectangle);
    microBatch.documents.forEach((document, i) => {
      const start = (first + i) * length;
      for (let s = 0; s < document.inputIds.length; s++) {
        microBatchOf[start + s] = microBatches.length;
        rowOf[start + s] = document.start + s;
      }
    });
    microBatches.push(microBatch);
  }
  return {
    microBatches,
    microBatchOf,
    rowOf,
    trainedTokens: microBatches.reduce((sum, microBatch) => sum + microBatch.trainedTokens, 0),
  };
}

function referenceRow(
  input: ReferenceInput,
  b: number,
  file: string,
): Parameters<typeof buildMicroBatch>[0][number] {
  const { length } = input;
  const source = { file, row: b + 1 };
  const at = (array: ArrayLike<number | bigint> | undefined, s: number, absent: number): number =>
    Number(array?.[b * length + s] ?? absent);
  let used = 0;
  while (used < length && at(input.attentionMask, used, 1) !== 0) used++;
  for (let s = used; s < length; s++) {
    if (at(input.attentionMask, s, 1) !== 0)
      throw new AutomodelError(
        'bad-data',
        `attention_mask of row ${b + 1} is padded elsewhere than on the right`,
        { location: file },
      );
    if (at(input.labels, s, IGNORE_INDEX) !== IGNORE_INDEX)
      throw new AutomodelError(
        'bad-data',
        `labels of row ${b + 1} train padding, at position ${s}`,
        { location: file },
      );
  }
  return {
    inputIds: Int32Array.from({ length: used }, (_, s) => at(input.inputIds, s, 0)),
    labels: Int32Array.from({ length: used }, (_, s) => at(input.labels, s, IGNORE_INDEX)),
    source,
  };
}
