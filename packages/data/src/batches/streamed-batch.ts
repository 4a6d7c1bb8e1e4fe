// A global batch of samples that are in memory.
import { buildMicroBatch } from './micro-batch.js';
import type { GlobalBatch } from './global-batch.js';
import { buildRectangle } from './rectangle.js';
import { trainedTokensOf, type Sample } from '../samples/sample.js';
import type { Capacity, Rectangle } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';

export interface StreamedBatchOptions extends Pick<GlobalBatch, 'epoch' | 'index' | 'lastOfEpoch'> {
  readonly localBatchSize: number;
  readonly rectangle: Rectangle | undefined;
  readonly capacity: Capacity;
}

/** `items`: samples, or the samples of packs. */
export function streamedBatch(
  items: readonly (readonly Sample[])[],
  { epoch, index, lastOfEpoch, localBatchSize, rectangle, capacity }: StreamedBatchOptions,
): GlobalBatch {
  const samples = items.flat();
  const rows = rectangle?.rows ?? localBatchSize;
  const microBatches = Math.ceil(items.length / rows);
  return {
    epoch,
    index,
    lastOfEpoch,
    microBatches,
    trainedTokens: samples.reduce((sum, sample) => sum + trainedTokensOf(sample), 0),
    tokens: samples.reduce((sum, { inputIds }) => sum + inputIds.length, 0),
    sources: samples.map(({ source }) => source),
    microBatch: (i) => {
      if (!(Number.isInteger(i) && i >= 0 && i < microBatches))
        throw new AutomodelError('bad-argument', `there is no micro-batch ${i} in this batch`);
      const chosen = items.slice(i * rows, (i + 1) * rows).flat();
      return rectangle === undefined
        ? buildMicroBatch(chosen, capacity)
        : buildRectangle(chosen, rectangle, capacity);
    },
  };
}
