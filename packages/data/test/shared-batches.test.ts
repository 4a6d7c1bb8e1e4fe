// Data shared by ranks: whatever the sizes, the micro-batches of all ranks are those of one
// process, in its order, each once; and every rank runs equally many.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Rectangle } from '@automodel/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  openDataFiles,
  StreamingLoader,
  Tokenizer,
  type DataFile,
  type GlobalBatch,
  type MicroBatch,
  type StreamingState,
} from '../src/index.js';
import { tokenizerFolder } from './golden-tokenizers.js';
import { loader } from './ragged-samples.js';

const folder = mkdtempSync(join(tmpdir(), 'automodel-shared-batches-'));
afterAll(() => rmSync(folder, { recursive: true }));
let tokenizer: Tokenizer;
let files: readonly DataFile[];
beforeAll(async () => {
  tokenizer = await Tokenizer.fromPretrained(tokenizerFolder('qwen2'));
  const path = join(folder, 'rows.jsonl');
  const line = (i: number): string => JSON.stringify({ text: `row ${i}${' more'.repeat(i % 7)}` });
  writeFileSync(path, Array.from({ length: 83 }, (_, i) => `${line(i)}\n`).join(''));
  files = await openDataFiles([path]);
});

/** Numbers below `limit`, the same in every run. */
const numbers = (seed: number) => {
  let state = seed;
  return (limit: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % limit;
  };
};

/** Rows and places of a micro-batch. */
const documentsOf = ({ documents }: MicroBatch): unknown[] =>
  documents.map(({ source, start, inputIds, labels }) => [
    source.row,
    start,
    [...inputIds],
    [...labels],
  ]);
const microBatches = (batch: GlobalBatch): unknown[][] =>
  Array.from({ length: batch.microBatches }, (_, i) => documentsOf(batch.microBatch(i)));

/** The micro-batches of one process, as its ranks have them: rank 0, rank 1, ..., rank 0, ... */
function together(byRank: readonly GlobalBatch[]): unknown[][] {
  const lists = byRank.map(microBatches);
  expect(new Set(lists.map(({ length }) => length)).size).toBe(1);
  const merged = lists[0]!.flatMap((_, i) => lists.map((list) => list[i]!));
  // what is empty stands at the end
  const used = merged.findLastIndex((documents) => documents.length > 0) + 1;
  expect(merged.length - used).toBeLessThan(byRank.length);
  return merged.slice(0, used);
}

const facts = ({ epoch, index, lastOfEpoch, trainedTokens, tokens, sources }: GlobalBatch) => ({
  epoch,
  index,
  lastOfEpoch,
  trainedTokens,
  tokens,
  sources,
});

function expectShared(alone: GlobalBatch, byRank: readonly GlobalBatch[]): void {
  expect(together(byRank)).toEqual(microBatches(alone));
  for (const batch of byRank) expect(facts(batch)).toEqual(facts(alone));
}

describe('data in memory', () => {
  const recorded: Rectangle = { rows: 2, columns: 12, padTokenId: 0, source: 'model.graph.json' };
  test.each([
    ['one after the other', {}],
    ['packed', { packedSequenceSize: 12 }],
    ['in a recorded rectangle', { rectangle: recorded }],
  ])('%s', (_, how) => {
    const below = numbers(3);
    for (let round = 0; round < 25; round++) {
      const worldSize = 1 + below(5);
      const localBatchSize = 'rectangle' in how ? 2 : 1 + below(3);
      const options = {
        localBatchSize,
        globalBatchSize: localBatchSize * worldSize * (1 + below(3)),
        shuffle: below(2) === 1,
        seed: below(100),
        ...how,
      };
      const lengths = Array.from({ length: 1 + below(30) }, () => 2 + below(10));
      const alone = loader(lengths, options);
      const ranks = Array.from({ length: worldSize }, (_, rank) =>
        loader(lengths, { ...options, worldSize, rank }),
      );
      for (const rank of ranks) {
        expect(rank.capacity).toEqual(alone.capacity);
        expect(rank.state()).toEqual(alone.state());
      }
      for (const epoch of [0, 1])
        for (let index = 0; index < alone.batchesPerEpoch; index++)
          expectShared(
            alone.batch(epoch, index),
            ranks.map((rank) => rank.batch(epoch, index)),
          );
    }
  });
});

describe('streamed data', () => {
  const open = (more: object): StreamingLoader =>
    new StreamingLoader(tokenizer, {
      files,
      rows: { maxLength: 24 },
      globalBatchSize: 1,
      localBatchSize: 1,
      windowRows: 17,
      steps: 60,
      threads: 0,
      ...more,
    });

  test.each([
    ['one after the other', {}],
    ['packed', { packedSequenceSize: 48 }],
    [
      'in a recorded rectangle',
      { rectangle: { rows: 2, columns: 24, padTokenId: 0, source: 'model.graph.json' } },
    ],
  ])('%s', async (_, how) => {
    const below = numbers(5);
    for (let round = 0; round < 6; round++) {
      const worldSize = 1 + (round % 5);
      const localBatchSize = 'rectangle' in how ? 2 : 1 + below(3);
      const globalBatchSize = localBatchSize * worldSize * (1 + below(2));
      const options = { localBatchSize, globalBatchSize, seed: below(100), ...how };
      const alone = open(options);
      const ranks = Array.from({ length: worldSize }, (_, rank) =>
        open({ ...options, worldSize, rank }),
      );
      for (let epoch = 0; epoch < 2;) {
        const batch = await alone.next();
        expectShared(batch, await Promise.all(ranks.map((rank) => rank.next())));
        ({ epoch } = alone.state());
      }
      for (const one of [alone, ...ranks]) await one.close();
    }
  });

  test('goes on in the same order with another number of ranks', async () => {
    const options = { localBatchSize: 1, globalBatchSize: 12 };
    const alone = open(options);
    const expected: unknown[] = [];
    for (let i = 0; i < 12; i++) expected.push(microBatches(await alone.next()));
    await alone.close();
    const seen: unknown[] = [];
    let state: StreamingState | undefined;
    for (const worldSize of [4, 2, 1, 3]) {
      const ranks = Array.from({ length: worldSize }, (_, rank) =>
        open({ ...options, worldSize, rank }),
      );
      if (state !== undefined) for (const rank of ranks) rank.restore(state);
      for (let i = 0; i < 3; i++)
        seen.push(together(await Promise.all(ranks.map((rank) => rank.next()))));
      const states = ranks.map((rank) => JSON.stringify(rank.state()));
      expect(new Set(states).size).toBe(1);
      state = JSON.parse(states[0]!) as StreamingState;
      for (const rank of ranks) await rank.close();
    }
    expect(seen).toEqual(expected);
  });
});

test('sizes that do not divide are refused in one line', () => {
  const shared = { worldSize: 3, rank: 0, localBatchSize: 2 };
  expect(() => loader([3, 3], { ...shared, globalBatchSize: 8 })).toThrow(
    'global_batch_size 8 is not a multiple of local_batch_size 2 x 3 ranks',
  );
  const { windowRows, steps } = { windowRows: 10, steps: 1 };
  expect(
    () =>
      new StreamingLoader(tokenizer, {
        ...{ files, rows: { maxLength: 24 }, globalBatchSize: 8, windowRows, steps },
        ...shared,
      }),
  ).toThrow('global_batch_size 8 is not a multiple of local_batch_size 2 x 3 ranks');
});
