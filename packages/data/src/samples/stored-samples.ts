// A sample set of flat arrays: an index in memory (24 bytes a sample, 12 more for each further
// column) over columns whose entries lie in memory or in files.
import type { RowSource } from '../sources/row-source.js';
import type { SampleReaders } from './column-readers.js';
import type { SampleIndex } from './sample-index.js';
import { ReadableSamples } from './sample-set.js';
import type { SampleColumn } from './sample-columns.js';
import type { Sample, SampleColumns } from './sample.js';
import { unflagged } from './sample-arrays.js';

/** Samples by index and readers. */
export class StoredSamples extends ReadableSamples {
  readonly length: number;
  readonly fingerprint: string;
  readonly #index: SampleIndex;
  readonly #readers: SampleReaders;
  readonly #files: readonly string[];

  constructor(
    index: SampleIndex,
    readers: SampleReaders,
    files: readonly string[],
    fingerprint: string,
  ) {
    super();
    this.length = index.rows.length;
    this.#index = index;
    this.#readers = readers;
    this.#files = files;
    this.fingerprint = fingerprint;
  }

  get lengths(): Int32Array {
    return this.#index.tokens.counts;
  }

  get trained(): Int32Array {
    return this.#index.trained;
  }

  get columns(): readonly SampleColumn[] {
    return this.#index.columns;
  }

  counts(column: string): Int32Array {
    const found = this.#index.columns.find((one) => one.column === column);
    return found?.counts ?? new Int32Array(this.length);
  }

  sample(index: number): Sample {
    const { tokens, columns } = this.#index;
    const source = this.source(index);
    const flagged = this.#readers.tokens.read(tokens.offsets[index]!, tokens.counts[index]!);
    const sample = unflagged(flagged as Int32Array, source);
    return columns.length === 0 ? sample : { ...sample, columns: this.#columnsOf(index) };
  }

  source(index: number): RowSource {
    const { rows, files } = this.#index;
    return { file: this.#files[files[index] ?? this.refuse(index)]!, row: rows[index]! };
  }

  override close(): void {
    for (const reader of [this.#readers.tokens, ...this.#readers.columns]) reader.close();
  }

  #columnsOf(index: number): SampleColumns {
    const own: Record<string, SampleColumns[string]> = {};
    for (const [i, { column, dtype, per, width, offsets, counts }] of this.#index.columns.entries())
      if (counts[index]! > 0)
        own[column] = {
          dtype,
          per,
          width,
          values: this.#readers.columns[i]!.read(offsets[index]!, counts[index]!),
        };
    return own;
  }
}
