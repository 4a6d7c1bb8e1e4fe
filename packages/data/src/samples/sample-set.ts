// The samples of a data set, as loaders read them: lengths and counts at hand, ids on demand. A set
// may be in memory or in files; nothing needs all of it at once.
import { createHash } from 'node:crypto';
import { AutomodelError } from '@automodel/core';
import { locationOf, type RowSource } from '../sources/row-source.js';
import { distinctColumns, type SampleColumn } from './sample-columns.js';
import { trainedTokensOf, type Sample } from './sample.js';

/** Samples by number. */
export interface SampleSet extends Iterable<Sample> {
  readonly length: number;
  /** Tokens of each sample. */
  readonly lengths: Int32Array;
  /** Trained tokens of each sample. */
  readonly trained: Int32Array;
  /** What samples bring along beside their tokens. */
  readonly columns: readonly SampleColumn[];
  /** Entries of each sample in one of `columns`. */
  counts(column: string): Int32Array;
  /** Changes with any id, label, other entry or the order of samples. */
  readonly fingerprint: string;
  /**
   * Reads one sample. Errors: `bad-argument` (no such sample), `bad-file` (its file cannot be read
   * any more).
   */
  sample(index: number): Sample;
  /** The row of one sample. Errors: `bad-argument`. */
  source(index: number): RowSource;
  /** Some samples, as `Array.slice` counts them. */
  slice(start?: number, end?: number): Sample[];
  /** Closes its files. */
  close(): void;
}

/** What every set does with the reading of single samples. */
export abstract class ReadableSamples implements SampleSet {
  abstract readonly length: number;
  abstract readonly lengths: Int32Array;
  abstract readonly trained: Int32Array;
  abstract readonly columns: readonly SampleColumn[];
  abstract readonly fingerprint: string;
  abstract counts(column: string): Int32Array;
  abstract sample(index: number): Sample;
  abstract source(index: number): RowSource;

  slice(start = 0, end = this.length): Sample[] {
    const place = (value: number): number =>
      Math.min(this.length, value < 0 ? Math.max(0, this.length + value) : value);
    return Array.from({ length: Math.max(0, place(end) - place(start)) }, (_, i) =>
      this.sample(place(start) + i),
    );
  }

  *[Symbol.iterator](): Generator<Sample> {
    for (let i = 0; i < this.length; i++) yield this.sample(i);
  }

  close(): void {
    // Nothing is held open by samples in memory.
  }

  protected refuse(index: number): never {
    throw new AutomodelError('bad-argument', `there is no sample ${index} among ${this.length}`);
  }
}

class ListedSamples extends ReadableSamples {
  readonly length: number;
  readonly lengths: Int32Array;
  readonly trained: Int32Array;
  readonly columns: readonly SampleColumn[];
  readonly #samples: readonly Sample[];
  #fingerprint: string | undefined;

  constructor(samples: readonly Sample[]) {
    super();
    this.#samples = samples;
    this.length = samples.length;
    this.lengths = Int32Array.from(samples, ({ inputIds }) => inputIds.length);
    this.trained = Int32Array.from(samples, trainedTokensOf);
    this.columns = distinctColumns(
      samples.flatMap(({ columns = {}, source }) =>
        Object.entries(columns).map(
          ([column, { dtype, per, width }]) =>
            [{ column, dtype, per, width }, locationOf(source)] as const,
        ),
      ),
    );
  }

  get fingerprint(): string {
    if (this.#fingerprint !== undefined) return this.#fingerprint;
    const hash = createHash('sha256');
    for (const { inputIds, labels, columns = {} } of this.#samples) {
      hash.update(Int32Array.of(inputIds.length)).update(inputIds).update(labels);
      for (const [column, { values, ...type }] of Object.entries(columns))
        hash.update(JSON.stringify([column, type, values.length])).update(values);
    }
    return (this.#fingerprint = hash.digest('hex'));
  }

  counts(column: string): Int32Array {
    return Int32Array.from(this.#samples, ({ columns }) => {
      const own = columns?.[column];
      return own === undefined ? 0 : own.values.length / own.width;
    });
  }

  sample(index: number): Sample {
    return this.#samples[index] ?? this.refuse(index);
  }

  source(index: number): RowSource {
    return this.sample(index).source;
  }
}

/** A list as a set; a set as it is. */
export function sampleSetOf(samples: SampleSet | readonly Sample[]): SampleSet {
  return Array.isArray(samples)
    ? new ListedSamples(samples as readonly Sample[])
    : (samples as SampleSet);
}
