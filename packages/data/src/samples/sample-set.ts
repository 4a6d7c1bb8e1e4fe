// The samples of a data set, as loaders read them: lengths and counts at hand, ids on demand. A set
// may lie in memory or in files; nobody holds all of it.
import { createHash } from 'node:crypto';
import { AutomodelError } from '@automodel/core';
import { trainedTokensOf, type Sample } from './sample.js';

/** Samples by number. */
export interface SampleSet extends Iterable<Sample> {
  readonly length: number;
  /** Tokens of each sample. */
  readonly lengths: Int32Array;
  /** Trained tokens of each sample. */
  readonly trained: Int32Array;
  /** Changes with any id, label or the order of samples. */
  readonly fingerprint: string;
  /**
   * Reads one sample. Errors: `bad-argument` (no such sample), `bad-file` (its file cannot be read
   * any more).
   */
  sample(index: number): Sample;
  /** Some samples, as `Array.slice` counts them. */
  slice(start?: number, end?: number): Sample[];
  /** Gives files back. */
  close(): void;
}

/** What every set does by reading single samples. */
export abstract class ReadableSamples implements SampleSet {
  abstract readonly length: number;
  abstract readonly lengths: Int32Array;
  abstract readonly trained: Int32Array;
  abstract readonly fingerprint: string;
  abstract sample(index: number): Sample;

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
}

class ListedSamples extends ReadableSamples {
  readonly length: number;
  readonly lengths: Int32Array;
  readonly trained: Int32Array;
  readonly #samples: readonly Sample[];
  #fingerprint: string | undefined;

  constructor(samples: readonly Sample[]) {
    super();
    this.#samples = samples;
    this.length = samples.length;
    this.lengths = Int32Array.from(samples, ({ inputIds }) => inputIds.length);
    this.trained = Int32Array.from(samples, trainedTokensOf);
  }

  get fingerprint(): string {
    if (this.#fingerprint !== undefined) return this.#fingerprint;
    const hash = createHash('sha256');
    for (const { inputIds, labels } of this.#samples)
      hash.update(Int32Array.of(inputIds.length)).update(inputIds).update(labels);
    return (this.#fingerprint = hash.digest('hex'));
  }

  sample(index: number): Sample {
    const sample = this.#samples[index];
    if (sample === undefined)
      throw new AutomodelError('bad-argument', `there is no sample ${index} among ${this.length}`);
    return sample;
  }
}

/** A list as a set; a set as it is. */
export function sampleSetOf(samples: SampleSet | readonly Sample[]): SampleSet {
  return Array.isArray(samples)
    ? new ListedSamples(samples as readonly Sample[])
    : (samples as SampleSet);
}
