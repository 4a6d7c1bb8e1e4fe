// Where a run's batches come from: what the loop needs from a loader. BatchLoader and
// StreamingLoader of @automodel/data provide it.
import type { Capacity } from '@automodel/contracts';
import type { BatchLoader, GlobalBatch } from '@automodel/data';

/** Global batches in order, epoch after epoch; a loader that reads ahead returns promises. */
export interface TrainingData {
  readonly batchesPerEpoch: number;
  readonly capacity: Capacity;
  next(): GlobalBatch | Promise<GlobalBatch>;
}

/** All batches of a validation set, each time from the start. */
export interface ValidationData {
  readonly capacity: Capacity;
  batches(): Iterable<GlobalBatch>;
}

/** A loader (made without shuffling) as a validation set. */
export const validationData = (loader: BatchLoader): ValidationData => ({
  capacity: loader.capacity,
  batches: () => loader.batchesOf(0),
});
