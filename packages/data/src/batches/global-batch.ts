// What one optimizer step trains on, as a loader hands it to the training loop.
import { AutomodelError } from '@automodel/core';
import { locationOf, type RowSource } from '../sources/row-source.js';
import type { MicroBatch } from './micro-batch.js';

/** What one optimizer step trains on. `microBatch(i)` builds this rank's i-th micro-batch. */
export interface GlobalBatch {
  readonly epoch: number;
  /** Within the epoch, from 0. */
  readonly index: number;
  readonly lastOfEpoch: boolean;
  /** Trained tokens (targets) over all ranks and micro-batches. Never 0. */
  readonly trainedTokens: number;
  /** All tokens over all ranks and micro-batches. */
  readonly tokens: number;
  /** Rows of all ranks. */
  readonly sources: readonly RowSource[];
  /** Micro-batches of each rank. */
  readonly microBatches: number;
  microBatch(index: number): MicroBatch;
}

/** The error for a batch without trained tokens. */
export function nothingTrained({
  epoch,
  index,
  sources,
}: Pick<GlobalBatch, 'epoch' | 'index' | 'sources'>): AutomodelError {
  const rows =
    sources.slice(0, 8).map(locationOf).join(', ') +
    (sources.length > 8 ? `, and ${sources.length - 8} more` : '');
  return new AutomodelError(
    'bad-data',
    `no token is trained in batch ${index} of epoch ${epoch}: ${rows}`,
  );
}
