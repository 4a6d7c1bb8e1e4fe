// A column of some samples as a flat array: how it is collected, and cut in two.
import type { ColumnValues } from '@automodel/contracts';
import { denseArrayOf, type DenseArray } from '@automodel/core';
import { locationOf, type RowSource } from '../sources/row-source.js';
import { GrowingArray } from './growing-array.js';
import { checkSameType, type SampleColumn } from './sample-columns.js';

/** The entries of some samples, one sample after the other. */
export interface ColumnArrays extends SampleColumn {
  readonly values: DenseArray;
  /** Entries of each sample. */
  readonly counts: Int32Array;
}

/** Collects a column of samples, of which some may not have it. */
export class ColumnCollector {
  readonly #type: SampleColumn;
  readonly #values: GrowingArray<DenseArray>;
  readonly #counts = new GrowingArray(Int32Array);

  constructor({ column, dtype, per, width }: SampleColumn) {
    this.#type = { column, dtype, per, width };
    this.#values = new GrowingArray<DenseArray>(denseArrayOf(dtype));
  }

  /** `sample`: how many samples precede it. Errors: `bad-data` for entries of another type. */
  add(own: ColumnValues, sample: number, source: RowSource): void {
    checkSameType(this.#type, own, locationOf(source));
    this.#counts.room(sample - this.#counts.length);
    this.#counts.room(1)[0] = own.values.length / own.width;
    this.#values.append(own.values);
  }

  /** The column of the first `samples` samples. */
  taken(samples: number): ColumnArrays {
    this.#counts.room(samples - this.#counts.length);
    return { ...this.#type, values: this.#values.taken(), counts: this.#counts.taken() };
  }
}

/** The column of the first `samples` samples, and of the others. Values are not copied. */
export function splitColumn(
  column: ColumnArrays,
  samples: number,
): readonly [ColumnArrays, ColumnArrays] {
  const { values, counts, width } = column;
  const first = counts.subarray(0, samples);
  const border = width * first.reduce((sum, count) => sum + count, 0);
  return [
    { ...column, values: values.subarray(0, border), counts: first },
    { ...column, values: values.subarray(border), counts: counts.subarray(samples) },
  ];
}
