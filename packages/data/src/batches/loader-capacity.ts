// The capacity of a loader's micro-batches: what the largest of them needs on each axis, so that
// one program fits all.
import type { BatchColumn, Capacity, Rectangle } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import type { SampleSet } from '../samples/sample-set.js';
import { entriesPer, entriesText, furtherAxes } from './entries.js';
import { largestEntries, type Packs } from './pack-samples.js';
import { capacityOf } from './rectangle.js';

/** Tokens and documents of a micro-batch, and entries of further axes that the model counts. */
export type LoaderCapacity = Capacity & { readonly token: number; readonly document: number };

export interface CapacityNeeds {
  readonly samples: SampleSet;
  readonly packs: Packs | undefined;
  /** Samples, or packs, of a micro-batch. */
  readonly localBatchSize: number;
  readonly packedSequenceSize: number;
  readonly rectangle: Rectangle | undefined;
  /** What the model reads. Undefined: all that samples have. */
  readonly columns: readonly BatchColumn[] | undefined;
}

/** What the data needs, or `given` where that is more. Errors: `bad-argument` where it is less. */
export function loaderCapacity(
  needs: CapacityNeeds,
  given: Partial<LoaderCapacity>,
): LoaderCapacity {
  const { samples, packs, localBatchSize, packedSequenceSize, rectangle, columns } = needs;
  const most = (axis: string): number => {
    const entries = entriesPer(samples, axis);
    return packs === undefined
      ? entries.reduce((largest, count) => Math.max(largest, count), 0)
      : largestEntries(packs, entries);
  };
  const further = Object.fromEntries(
    furtherAxes(columns ?? samples.columns).map((axis) => [
      axis,
      Math.max(1, localBatchSize * most(axis)),
    ]),
  );
  if (rectangle !== undefined) return { ...capacityOf(rectangle), ...further };
  const needed = {
    token: localBatchSize * (packedSequenceSize > 0 ? packedSequenceSize : most('token')),
    document: localBatchSize * most('document'),
    ...further,
  };
  const capacity: LoaderCapacity = { ...needed, ...given };
  for (const [axis, count] of Object.entries(needed))
    if ((capacity[axis] ?? 0) < count)
      throw new AutomodelError(
        'bad-argument',
        `a micro-batch capacity of ${entriesText(capacity[axis], axis)} is too small: this data ` +
          `needs ${count}`,
      );
  return capacity;
}
