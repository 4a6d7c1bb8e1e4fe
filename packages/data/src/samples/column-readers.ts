// Where the entries of a column lie while they are used: in memory, in the pieces in which they
// came, or in a file of the cache.
import { closeSync, openSync, readSync } from 'node:fs';
import { AutomodelError, denseArrayOf, type DenseArray } from '@automodel/core';
import type { SampleColumn } from './sample-columns.js';
import type { SampleIndex } from './sample-index.js';

/** Reads entries of a column, counted from its first one. */
export interface ColumnReader {
  read(offset: number, count: number): DenseArray;
  close(): void;
}

/** Readers of the columns of a sample index, in its order. */
export interface SampleReaders {
  readonly tokens: ColumnReader;
  readonly columns: readonly ColumnReader[];
}

/** Entries in pieces, in memory; reads never reach over two pieces. */
class ColumnInMemory implements ColumnReader {
  readonly #width: number;
  readonly #pieces: DenseArray[] = [];
  readonly #starts: number[] = [];
  #length = 0;

  constructor({ width }: Pick<SampleColumn, 'width'>) {
    this.#width = width;
  }

  append(values: DenseArray): void {
    if (values.length === 0) return;
    this.#starts.push(this.#length);
    this.#pieces.push(values);
    this.#length += values.length;
  }

  read(offset: number, count: number): DenseArray {
    const place = offset * this.#width;
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= place) low = middle;
      else high = middle - 1;
    }
    const start = place - (this.#starts[low] ?? 0);
    return this.#pieces[low]!.subarray(start, start + count * this.#width);
  }

  close(): void {
    this.#pieces.length = 0;
  }
}

/** Entries in a file of nothing else. */
export class ColumnInFile implements ColumnReader {
  readonly #path: string;
  readonly #type: SampleColumn;
  #file: number | undefined;

  constructor(path: string, type: SampleColumn) {
    this.#path = path;
    this.#type = type;
    this.#file = openSync(path, 'r');
  }

  /** Errors: `bad-file` where the file has become shorter. */
  read(offset: number, count: number): DenseArray {
    const { dtype, width } = this.#type;
    const values = new (denseArrayOf(dtype))(count * width);
    if (this.#file === undefined)
      throw new AutomodelError('internal', 'the tokenised data is closed', {
        location: this.#path,
      });
    const bytes = new Uint8Array(values.buffer);
    const position = offset * width * values.BYTES_PER_ELEMENT;
    const bytesRead = readSync(this.#file, bytes, 0, bytes.length, position);
    if (bytesRead !== bytes.length)
      throw new AutomodelError(
        'bad-file',
        'the tokenised data in the cache was cut off while it was in use',
        { location: this.#path, hint: 'remove it and start again' },
      );
    return values;
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

/** Columns in memory by name, each made when it first has entries. */
export class ColumnsInMemory {
  readonly #columns = new Map<string, ColumnInMemory>();

  append({ column, width, values }: SampleColumn & { readonly values: DenseArray }): void {
    let reader = this.#columns.get(column);
    if (reader === undefined) this.#columns.set(column, (reader = new ColumnInMemory({ width })));
    reader.append(values);
  }

  /** Readers of an index's columns. */
  readers({ tokens, columns }: SampleIndex): SampleReaders {
    const reader = (type: SampleColumn): ColumnReader =>
      this.#columns.get(type.column) ?? new ColumnInMemory(type);
    return { tokens: reader(tokens), columns: columns.map(reader) };
  }
}
