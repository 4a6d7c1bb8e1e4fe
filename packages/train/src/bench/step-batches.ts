// What each step of a measurement trains on: the same full rows every time, or documents of given
// lengths, packed into the rows as a run packs them.
import type { Capacity, LanguageModel } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { BatchLoader, buildMicroBatch, type MicroBatch } from '@automodel/data';
import type { BenchSizes } from './bench-sizes.js';
import { randomDocuments } from './random-documents.js';

/** This process's part of a step, and what all processes train on together. */
export interface StepBatch {
  readonly micro: MicroBatch;
  readonly tokens: number;
  readonly trainedTokens: number;
}

/** The batches of steps, one after the other, without end. */
export interface StepBatches {
  readonly capacity: Capacity;
  next(): StepBatch;
}

export interface StepBatchOptions extends BenchSizes {
  readonly model: LanguageModel;
  /** Of documents; absent: each row is one. */
  readonly lengths?: readonly number[] | undefined;
  readonly seed?: number | undefined;
  readonly ranks: { readonly size: number; readonly rank: number };
}

/** Errors: `bad-argument` for lengths that the rows or the model cannot hold. */
export function stepBatches(options: StepBatchOptions): StepBatches {
  return options.lengths === undefined
    ? fullRows(options)
    : packedDocuments(options, options.lengths);
}

function fullRows({ model, batch, seq, seed, ranks }: StepBatchOptions): StepBatches {
  const rows = batch / ranks.size;
  const documents = randomDocuments(
    { vocabulary: model.vocabularySize, first: rows * ranks.rank, lengths: equal(rows, seq) },
    seed,
  );
  // full rows: packed and recorded batches have the same layout
  const micro = buildMicroBatch(documents, { token: rows * seq, document: rows });
  const trainedTokens = micro.trainedTokens * ranks.size;
  const same = { micro, tokens: batch * seq, trainedTokens };
  return { capacity: micro.capacity, next: () => same };
}

const equal = (rows: number, seq: number): number[] => new Array<number>(rows).fill(seq);

function packedDocuments(
  { model, batch, seq, seed, ranks }: StepBatchOptions,
  lengths: readonly number[],
): StepBatches {
  checkLengths(model, lengths, seq);
  const vocabulary = model.vocabularySize;
  const loader = new BatchLoader({
    samples: randomDocuments({ vocabulary, first: 0, lengths }, seed),
    globalBatchSize: batch,
    localBatchSize: batch / ranks.size,
    packedSequenceSize: seq,
    packingStrategy: 'neat',
    shuffle: false,
    worldSize: ranks.size,
    rank: ranks.rank,
  });
  return {
    capacity: loader.capacity,
    next: () => {
      const { tokens, trainedTokens, microBatch } = loader.next();
      return { micro: microBatch(0), tokens, trainedTokens };
    },
  };
}

function checkLengths(
  { batch: { rectangle } }: LanguageModel,
  lengths: readonly number[],
  seq: number,
): void {
  if (rectangle !== undefined)
    throw new AutomodelError(
      'bad-argument',
      'rows of a recorded graph hold one document each: leave the lengths out',
      { location: rectangle.source },
    );
  const long = lengths.findIndex((length) => length > seq);
  if (long >= 0)
    throw new AutomodelError(
      'bad-argument',
      `document ${long + 1} has ${lengths[long]} tokens, more than a row of ${seq}`,
    );
  if (!lengths.some((length) => length > 1))
    throw new AutomodelError('bad-argument', 'no document has two tokens: nothing is trained');
}
