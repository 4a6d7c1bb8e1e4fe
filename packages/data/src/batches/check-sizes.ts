// The sizes of batches, checked against each other before anything is loaded.
import type { Rectangle } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';

/** What decides how a data set is cut. */
export interface LoaderSizes {
  readonly globalBatchSize: number;
  readonly localBatchSize: number;
  readonly packedSequenceSize: number;
  readonly worldSize: number;
  readonly rank: number;
  readonly seed: number;
  readonly rectangle: Rectangle | undefined;
}

/**
 * Errors: `bad-argument` for sizes that do not fit together, `unsupported` for packs of a recorded
 * graph.
 */
export function checkSizes({
  globalBatchSize,
  localBatchSize,
  packedSequenceSize,
  worldSize,
  rank,
  seed,
  rectangle,
}: LoaderSizes): void {
  const check = (name: string, value: number, least: number): void => {
    if (!Number.isSafeInteger(value) || value < least)
      throw new AutomodelError(
        'bad-argument',
        `${name} must be a whole number of at least ${least}, not ${value}`,
      );
  };
  check('globalBatchSize', globalBatchSize, 1);
  check('localBatchSize', localBatchSize, 1);
  check('packedSequenceSize', packedSequenceSize, 0);
  check('worldSize', worldSize, 1);
  check('rank', rank, 0);
  check('seed', seed, 0);
  if (rank >= worldSize)
    throw new AutomodelError('bad-argument', `rank ${rank} of a world of ${worldSize}`);
  if (rectangle !== undefined && packedSequenceSize > 0)
    throw new AutomodelError(
      'unsupported',
      'a recorded graph takes one document a row: its batches cannot be packed',
    );
  const together = localBatchSize * worldSize;
  if (rectangle === undefined && globalBatchSize % together !== 0) {
    throw new AutomodelError(
      'bad-argument',
      `global_batch_size ${globalBatchSize} is not a multiple of local_batch_size ` +
        `${localBatchSize} x ${worldSize} rank${worldSize === 1 ? '' : 's'}`,
      {
        hint: `try global_batch_size ${Math.ceil(globalBatchSize / together) * together}`,
      },
    );
  }
}
