// A global batch of samples that are in memory, of which each process builds its micro-batches.
import { buildMicroBatch } from './micro-batch.js';
import { nothingTrained, type GlobalBatch } from './global-batch.js';
import { buildRectangle } from './rectangle.js';
import { trainedTokensOf, type Sample } from '../samples/sample.js';
import type { Capacity, Rectangle } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';

export interface StreamedBatchOptions extends Pick<GlobalBatch, 'epoch' | 'index' | 'lastOfEpoch'> {
  readonly localBatchSize: number;
  readonly worldSize: number;
  readonly rank: number;
  readonly rectangle: Rectangle | undefined;
  readonly capacity: Capacity;
}

/** `items`: samples, or the samples of packs. Errors: `bad-data` when it trains nothing. */
export function streamedBatch(
  items: readonly (readonly Sample[])[],
  options: StreamedBatchOptions,
): GlobalBatch {
  const { epoch, index, lastOfEpoch, worldSize, rank, rectangle, capacity } = options;
  const samples = items.flat();
  const sources = samples.map(({ source }) => source);
  const trainedTokens = samples.reduce((sum, sample) => sum + trainedTokensOf(sample), 0);
  if (trainedTokens === 0) throw nothingTrained({ epoch, index, sources });
  const rows = rectangle?.rows ?? options.localBatchSize;
  const microBatches = Math.ceil(items.length / (rows * worldSize));
  return {
    epoch,
    index,
    lastOfEpoch,
    microBatches,
    trainedTokens,
    tokens: samples.reduce((sum, { inputIds }) => sum + inputIds.length, 0),
    sources,
    microBatch: (i) => {
      if (!(Number.isInteger(i) && i >= 0 && i < microBatches))
        throw new AutomodelError('bad-argument', `there is no micro-batch ${i} in this batch`);
      const start = (i * worldSize + rank) * rows;
      const chosen = items.slice(start, start + rows).flat();
      return rectangle === undefined
        ? buildMicroBatch(chosen, capacity)
        : buildRectangle(chosen, rectangle, capacity);
    },
  };
}
