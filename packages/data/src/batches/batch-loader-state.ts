// The position of a loader as JSON, and whether another loader can go on from it.
import { AutomodelError } from '@automodel/core';
import type { PackingStrategy } from './pack-samples.js';

/** The next batch to deliver, and what must be unchanged for it to be the same batch. JSON. */
export interface BatchLoaderState {
  readonly version: 1;
  readonly epoch: number;
  readonly index: number;
  readonly seed: number;
  readonly shuffle: boolean;
  readonly globalBatchSize: number;
  readonly packedSequenceSize: number;
  /** Absent: `thd`. */
  readonly packingStrategy?: PackingStrategy | undefined;
  readonly fingerprint: string;
}

/**
 * Errors: `conflict` naming what differs between `state` and `current`, `bad-data` for a position
 * outside an epoch.
 */
export function checkState(
  state: BatchLoaderState,
  current: BatchLoaderState,
  batchesPerEpoch: number,
): void {
  const keys = [
    'version',
    'seed',
    'shuffle',
    'globalBatchSize',
    'packedSequenceSize',
    'packingStrategy',
    'fingerprint',
  ] as const;
  for (const key of keys) {
    if (state[key] === current[key]) continue;
    const what = key === 'fingerprint' ? 'the data' : key;
    throw new AutomodelError(
      'conflict',
      `the run cannot be resumed here: ${what} has changed (${String(state[key])} then, ` +
        `${String(current[key])} now)`,
      { hint: 'resume with the same data and batch settings, or start a new run from the weights' },
    );
  }
  const isCount = (value: number): boolean => Number.isInteger(value) && value >= 0;
  if (!isCount(state.epoch) || !isCount(state.index) || state.index >= batchesPerEpoch)
    throw new AutomodelError(
      'bad-data',
      `no such position: epoch ${state.epoch}, batch ${state.index} of ${batchesPerEpoch}`,
    );
}
