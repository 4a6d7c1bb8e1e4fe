// Global batches in order: sizes, ranks, packs, positions that are saved.
import { describe, expect, it } from 'vitest';
import { BatchLoader, type BatchLoaderOptions } from '../src/index.js';
import { loader, places, rowsOf, sample } from './ragged-samples.js';

describe('BatchLoader', () => {
  it('makes the incomplete last group a step; counts trained tokens of all micro-batches', () => {
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
      'global_batch_size 3 is not a multiple of local_batch_size 2 x 1 rank',
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
