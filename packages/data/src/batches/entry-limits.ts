// How many entries a sample or pack of a stream may have on the axes that a model counts beside
// token and document. Programs are planned before the data is read, so the first rows decide.
import type { BatchColumn, Capacity } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import type { SampleSet } from '../samples/sample-set.js';
import { entriesPer, furtherAxes } from './entries.js';

/**
 * The entries that `tokens` tokens would have in the densest of the samples `first`. Errors:
 * `bad-argument` where the model counts such an axis and there are no first rows.
 */
export function entryLimits(
  columns: readonly BatchColumn[],
  first: SampleSet | undefined,
  tokens: number,
): Capacity {
  const limits: Record<string, number> = {};
  for (const axis of furtherAxes(columns)) {
    if (first === undefined)
      throw new AutomodelError(
        'bad-argument',
        `streaming needs the first rows: how many entries per ${axis} a batch has is not known ` +
          'ahead',
      );
    const densest = entriesPer(first, axis).reduce(
      (most, count, i) => Math.max(most, count / first.lengths[i]!),
      0,
    );
    limits[axis] = Math.max(1, Math.ceil(densest * tokens));
  }
  return limits;
}
