import { describe, expect, it } from 'vitest';
import {
  BatchLoader,
  buildMicroBatch,
  buildRectangle,
  fromReference,
  type BatchLoaderOptions,
  type MicroBatch,
  type Sample,
} from '../src/index.js';

const sample = (row: number, ids: readonly number[], untrained = 1): Sample => ({
  inputIds: Int32Array.from(ids),
  labels: Int32Array.from(ids, (id, i) => (i < untrained ? -100 : id)),
  source: { file: 'data.jsonl', row },
});
/** A sample of `length` tokens whose ids say which row and position they are. */
const ragged = (lengths: readonly number[]): Sample[] =>
  lengths.map((length, i) =>
    sample(
      i + 1,
      Array.from({ length }, (_, p) => 100 * (i + 1) + p),
    ),
  );
const loader = (lengths: readonly number[], more: Partial<BatchLoaderOptions> = {}): BatchLoader =>
  new BatchLoader({
    samples: ragged(lengths),
    globalBatchSize: 4,
    localBatchSize: 2,
    shuffle: false,
    ...more,
  });
/** Row, first token and ids of each document. */
const places = ({ documents }: MicroBatch): [number, number, number[]][] =>
  documents.map(({ source, start, inputIds }) => [source.row, start, [...inputIds]]);
const rowsOf = (sources: readonly { readonly row: number }[]): number[] =>
  sources.map((source) => source.row);

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

describe('BatchLoader', () => {
  it('makes the incomplete last group a step and counts trained tokens over all micro-batches', () => {
    const batches = [...loader([3, 5, 2, 4, 6, 2, 3]).batchesOf(0)];
    expect(batches.map((batch) => rowsOf(batch.sources))).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7],
    ]);
    expect(
      batches.map((batch) => [
        batch.tokens,
        batch.trainedTokens,
        batch.microBatches,
        batch.lastOfEpoch,
      ]),
    ).toEqual([
      [14, 10, 2, false],
      [11, 8, 2, true],
    ]);
    for (const batch of batches) {
      const micro = Array.from({ length: batch.microBatches }, (_, i) => batch.microBatch(i));
      expect(micro.reduce((sum, m) => sum + m.trainedTokens, 0)).toBe(batch.trainedTokens);
      expect(micro.flatMap((m) => rowsOf(m.documents.map((d) => d.source)))).toEqual(
        rowsOf(batch.sources),
      );
    }
    expect(loader([3, 5, 2, 4, 6, 2, 3]).capacity).toEqual({ token: 12, document: 2 });
  });

  it('gives ranks equally many micro-batches, empty ones where rows run out', () => {
    const ranks = [0, 1].map((rank) =>
      loader([3, 5, 2, 4, 6, 2, 3, 2, 2], { worldSize: 2, rank, globalBatchSize: 8 }),
    );
    const perRank = ranks.map((one) =>
      [...one.batchesOf(0)].map((batch) =>
        Array.from({ length: batch.microBatches }, (_, i) =>
          rowsOf(batch.microBatch(i).documents.map((d) => d.source)),
        ),
      ),
    );
    expect(perRank).toEqual([
      [
        [
          [1, 2],
          [5, 6],
        ],
        [[9]],
      ],
      [
        [
          [3, 4],
          [7, 8],
        ],
        [[]],
      ],
    ]);
    const empty = ranks[1]?.batch(0, 1);
    expect(empty?.trainedTokens).toBe(1);
    expect(empty?.microBatch(0)).toMatchObject({ documents: [], trainedTokens: 0 });
  });

  it('counts packs as samples, keeping documents apart', () => {
    const packed = loader([5, 3, 2, 8, 1, 2], {
      packedSequenceSize: 8,
      globalBatchSize: 2,
      localBatchSize: 2,
    });
    expect(packed).toMatchObject({
      items: 4,
      batchesPerEpoch: 2,
      capacity: { token: 16, document: 4 },
    });
    const micro = packed.batch(0, 0).microBatch(0);
    expect(places(micro).map(([row, start, ids]) => [row, start, ids.length])).toEqual([
      [1, 0, 5],
      [2, 5, 3],
      [3, 8, 2],
    ]);
    expect(loader([9, 2], { packedSequenceSize: 8, overlong: 'drop' }).dropped).toEqual([
      { file: 'data.jsonl', row: 1 },
    ]);
  });

  it('delivers each row once an epoch, in another order each epoch', () => {
    const one = loader(Array<number>(20).fill(3), { shuffle: true });
    const epochs = [0, 1].map(() =>
      Array.from({ length: one.batchesPerEpoch }, () => rowsOf(one.next().sources)).flat(),
    );
    for (const rows of epochs)
      expect([...rows].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    expect(epochs[0]).not.toEqual(epochs[1]);
  });

  it('continues exactly where it was saved, across epochs', () => {
    const lengths = [3, 5, 2, 4, 6, 2, 3, 4, 4, 5];
    const whole = loader(lengths, { shuffle: true });
    const expected = Array.from({ length: 8 }, () => rowsOf(whole.next().sources));
    for (const stop of [0, 1, 2, 3, 4, 7]) {
      const before = loader(lengths, { shuffle: true });
      for (let i = 0; i < stop; i++) before.next();
      const after = loader(lengths, { shuffle: true });
      after.restore(JSON.parse(JSON.stringify(before.state())) as ReturnType<BatchLoader['state']>);
      expect(Array.from({ length: 8 - stop }, () => rowsOf(after.next().sources))).toEqual(
        expected.slice(stop),
      );
    }
  });

  it('refuses a position of other data or settings', () => {
    const state = loader([3, 4, 5]).state();
    expect(() => loader([3, 4, 6]).restore(state)).toThrow('the data has changed');
    expect(() => loader([3, 4, 5]).restore({ ...state, index: 9 })).toThrow('no such position');
  });

  it.each<[string, Partial<BatchLoaderOptions>]>([
    ['seed has changed (42 then, 7 now)', { seed: 7 }],
    ['shuffle has changed (false then, true now)', { shuffle: true }],
    ['globalBatchSize has changed (4 then, 2 now)', { globalBatchSize: 2 }],
    ['packedSequenceSize has changed (8 then, 9 now)', { packedSequenceSize: 9 }],
    ['packingStrategy has changed (undefined then, neat now)', { packingStrategy: 'neat' }],
    ['the data has changed', { maxPacks: 2 }],
  ])('refuses a position where %s', (message, change) => {
    const packed = { packedSequenceSize: 8 };
    const state = loader([3, 4, 5], packed).state();
    expect(() => loader([3, 4, 5], { ...packed, ...change }).restore(state)).toThrow(message);
    loader([3, 4, 5], { ...packed, localBatchSize: 1 }).restore(state);
  });

  it('refuses a batch that trains nothing, naming its rows', () => {
    const samples = [sample(1, [1, 2, 3], 3), sample(2, [4, 5], 2)];
    expect(() =>
      new BatchLoader({ samples, globalBatchSize: 2, localBatchSize: 1, shuffle: false }).next(),
    ).toThrow('no token is trained in batch 0 of epoch 0: data.jsonl:1, data.jsonl:2');
  });

  it('refuses sizes that do not fit together', () => {
    expect(() => loader([3], { globalBatchSize: 3 })).toThrow(
      'globalBatchSize 3 is not a multiple of localBatchSize 2 x 1 rank',
    );
    expect(() => loader([3], { localBatchSize: 0 })).toThrow(
      'localBatchSize must be a whole number of at least 1, not 0',
    );
    expect(() => loader([3], { rank: 1 })).toThrow('rank 1 of a world of 1');
    expect(() => loader([3], { capacity: { token: 5 } })).toThrow(
      'capacity of 5 tokens is too small: this data needs 6',
    );
    expect(() => loader([])).toThrow('there are no samples');
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
