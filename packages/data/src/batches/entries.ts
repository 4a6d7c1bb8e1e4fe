// How many entries samples have on each axis: tokens, documents, and the axes of their own columns.
import type { BatchColumn, Capacity } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import type { Sample } from '../samples/sample.js';
import type { SampleSet } from '../samples/sample-set.js';
import { refuseSamples } from '../samples/wrong-rows.js';
import { locationOf } from '../sources/row-source.js';

/** Entries of one sample. */
export function entriesOf({ inputIds, columns = {} }: Sample): Capacity {
  const entries: Record<string, number> = { token: inputIds.length, document: 1 };
  for (const { per, width, values } of Object.values(columns)) entries[per] = values.length / width;
  return entries;
}

/** Entries of each sample on one axis; samples without columns on it have none. */
export function entriesPer(samples: SampleSet, axis: string): Int32Array {
  if (axis === 'token') return samples.lengths;
  if (axis === 'document') return new Int32Array(samples.length).fill(1);
  const entries = new Int32Array(samples.length);
  for (const { column } of samples.columns.filter(({ per }) => per === axis))
    samples.counts(column).forEach((count, i) => (entries[i] = Math.max(entries[i]!, count)));
  return entries;
}

/** The axes of `columns` other than token and document. */
export function furtherAxes(columns: readonly Pick<BatchColumn, 'per'>[]): readonly string[] {
  const axes = new Set(columns.map(({ per }) => per));
  return [...axes].filter((axis) => axis !== 'token' && axis !== 'document');
}

/** A number of entries in words. */
export const entriesText = (count: number | undefined, axis: string): string =>
  axis === 'token' || axis === 'document' ? `${count} ${axis}s` : `${count} entries per ${axis}`;

/** Places of the values that are above `limit`. */
export function indicesAbove(values: Int32Array, limit: number): number[] {
  const indices: number[] = [];
  values.forEach((value, i) => {
    if (value > limit) indices.push(i);
  });
  return indices;
}

/** Errors: `bad-data` naming the rows with more entries than `limits` has for their axis. */
export function checkEntries(samples: SampleSet, limits: Capacity): void {
  for (const [axis, limit] of Object.entries(limits)) {
    const entries = entriesPer(samples, axis);
    const errorOf = (long: number): AutomodelError =>
      new AutomodelError(
        'bad-data',
        `this row has ${entriesText(entries[long], axis)}, more than the ${limit} that a batch ` +
          'has room for',
        { location: locationOf(samples.source(long)), hint: 'leave the row out' },
      );
    refuseSamples(indicesAbove(entries, limit), errorOf);
  }
}
