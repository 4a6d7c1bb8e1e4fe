// Micro-batches of documents, of a reference, and of fixed rows.
import { describe, expect, it } from 'vitest';
import { buildMicroBatch, buildRectangle, fromReference } from '../src/index.js';
import { loader, places, ragged, rowsOf, sample } from './ragged-samples.js';

describe('buildMicroBatch', () => {
  it('lays documents one after the other', () => {
    const batch = buildMicroBatch(
      [sample(1, [11, 12, 13, 14], 2), sample(2, [21]), sample(3, [31, 32, 33], 0)],
      { token: 10, document: 4 },
    );
    expect(places(batch)).toEqual([
      [1, 0, [11, 12, 13, 14]],
      [2, 4, [21]],
      [3, 5, [31, 32, 33]],
    ]);
    expect(batch.documents.map(({ labels }) => [...labels])).toEqual([
      [-100, -100, 13, 14],
      [-100],
      [31, 32, 33],
    ]);
    expect(batch).toMatchObject({
      capacity: { token: 10, document: 4 },
      padTokenId: 0,
      trainedTokens: 4,
    });
  });

  it('refuses a row that does not fit', () => {
    expect(() => buildMicroBatch(ragged([3, 3]), { token: 5, document: 2 })).toThrow(
      'data.jsonl:2: a micro-batch of 5 tokens and 2 documents has no room for this row of 3 ' +
        'tokens',
    );
    expect(() => buildMicroBatch(ragged([2, 2]), { token: 9, document: 1 })).toThrow(
      'data.jsonl:2',
    );
  });
});

describe('fromReference', () => {
  const input = {
    batch: 2,
    length: 4,
    inputIds: BigInt64Array.from([5n, 6n, 7n, 8n, 9n, 10n, 0n, 0n]),
    attentionMask: BigInt64Array.from([1n, 1n, 1n, 1n, 1n, 1n, 0n, 0n]),
    labels: BigInt64Array.from([-100n, 6n, 7n, 8n, 9n, 10n, -100n, -100n]),
  };

  it('makes rows documents of their used length and says where each token went', () => {
    const { microBatches, rowOf, microBatchOf, trainedTokens } = fromReference(input);
    expect(microBatches.length).toBe(1);
    expect(microBatches.map(places)).toEqual([
      [
        [1, 0, [5, 6, 7, 8]],
        [2, 4, [9, 10]],
      ],
    ]);
    expect([...rowOf]).toEqual([0, 1, 2, 3, 4, 5, -1, -1]);
    expect([...microBatchOf]).toEqual([0, 0, 0, 0, 0, 0, -1, -1]);
    expect(trainedTokens).toBe(4);
  });

  it('can spread rows over micro-batches', () => {
    const { microBatches, rowOf, microBatchOf } = fromReference(input, {
      documentsPerMicroBatch: 1,
    });
    expect(microBatches.map(places)).toEqual([[[1, 0, [5, 6, 7, 8]]], [[2, 0, [9, 10]]]]);
    expect([...rowOf]).toEqual([0, 1, 2, 3, 0, 1, -1, -1]);
    expect([...microBatchOf]).toEqual([0, 0, 0, 0, 1, 1, -1, -1]);
  });

  it('refuses other padding, labels on padding and other sizes', () => {
    expect(() => fromReference({ ...input, attentionMask: [0, 1, 1, 1, 1, 1, 1, 1] })).toThrow(
      'padded elsewhere than on the right',
    );
    expect(() =>
      fromReference(
        { ...input, labels: [1, 1, 1, 1, 1, 1, 1, 1] },
        { source: 'golden.safetensors' },
      ),
    ).toThrow('golden.safetensors: labels of row 2 train padding, at position 2');
    expect(() => fromReference({ ...input, labels: [1] })).toThrow(
      'labels has 1 values, not 2 x 4',
    );
  });
});

describe('rectangles', () => {
  const rectangle = { rows: 3, columns: 4, padTokenId: 9, source: 'graph.json' };

  it('have a document a row, and empty rows where there are none', () => {
    const batch = buildRectangle(
      [sample(1, [11, 12, 13]), sample(2, [21, 22, 23, 24], 2)],
      rectangle,
    );
    expect(places(batch)).toEqual([
      [1, 0, [11, 12, 13]],
      [2, 4, [21, 22, 23, 24]],
    ]);
    expect(batch).toMatchObject({
      capacity: { token: 12, document: 3 },
      padTokenId: 9,
      trainedTokens: 4,
    });
  });

  it('refuse a row that is longer than recorded, when the loader is made', () => {
    expect(() => loader([2, 5], { rectangle })).toThrow(
      /^data\.jsonl:2: this row has 5 tokens, longer than recorded: a row of the graph has 4$/,
    );
    expect(() => buildRectangle(ragged([1, 1, 1, 1]), rectangle)).toThrow(
      '4 rows do not fit into a batch recorded for 3',
    );
    expect(() => loader([2], { rectangle, packedSequenceSize: 8 })).toThrow('cannot be packed');
  });

  it('keep the global batch and replace the local one', () => {
    const batches = loader([2, 3, 4, 2, 3], { rectangle, globalBatchSize: 4 });
    expect([batches.capacity, batches.batchesPerEpoch]).toEqual([{ token: 12, document: 3 }, 2]);
    const first = batches.next();
    expect([
      first.microBatches,
      first.trainedTokens,
      rowsOf(first.microBatch(1).documents.map((d) => d.source)),
    ]).toEqual([2, 7, [4]]);
  });

  it('hold the rows of a reference', () => {
    const { microBatches, rowOf } = fromReference(
      { batch: 2, length: 3, inputIds: [1, 2, 3, 4, 5, 6], attentionMask: [1, 1, 1, 1, 0, 0] },
      { rectangle },
    );
    expect(microBatches.map(places)).toEqual([
      [
        [1, 0, [1, 2, 3]],
        [2, 4, [4]],
      ],
    ]);
    expect([...rowOf]).toEqual([0, 1, 2, 4, -1, -1]);
  });
});
