// A sample set of flat arrays: an index in memory (28 bytes a sample) over flagged ids that lie in
// memory or in a file.
import { createHash, type Hash } from 'node:crypto';
import { AutomodelError } from '@automodel/core';
import { ReadableSamples } from './sample-set.js';
import type { Sample } from './sample.js';
import { unpackSample, type TokenizedRows } from './tokenized-rows.js';

/** Where samples lie and come from; entry i is sample i. */
export interface SampleIndex {
  /** First id. */
  readonly offsets: Float64Array;
  readonly lengths: Int32Array;
  readonly trained: Int32Array;
  /** `RowSource.row`. */
  readonly rows: Int32Array;
  /** Into the list of files. */
  readonly files: Int32Array;
}

/** Reads flagged ids. */
export interface TokenReader {
  read(offset: number, length: number): Int32Array;
  close(): void;
}

/** Samples by index and reader. */
export class PackedSamples extends ReadableSamples {
  readonly length: number;
  readonly fingerprint: string;
  readonly #index: SampleIndex;
  readonly #tokens: TokenReader;
  readonly #files: readonly string[];

  constructor(
    index: SampleIndex,
    tokens: TokenReader,
    files: readonly string[],
    fingerprint: string,
  ) {
    super();
    this.length = index.lengths.length;
    this.#index = index;
    this.#tokens = tokens;
    this.#files = files;
    this.fingerprint = fingerprint;
  }

  get lengths(): Int32Array {
    return this.#index.lengths;
  }

  get trained(): Int32Array {
    return this.#index.trained;
  }

  sample(index: number): Sample {
    const { offsets, lengths, rows, files } = this.#index;
    const offset = offsets[index];
    if (offset === undefined)
      throw new AutomodelError('bad-argument', `there is no sample ${index} among ${this.length}`);
    return unpackSample(this.#tokens.read(offset, lengths[index]!), {
      file: this.#files[files[index]!]!,
      row: rows[index]!,
    });
  }

  override close(): void {
    this.#tokens.close();
  }
}

/** Ids in pieces, in memory. */
export class TokensInMemory implements TokenReader {
  readonly #pieces: Int32Array[] = [];
  readonly #starts: number[] = [];
  length = 0;

  append(ids: Int32Array): void {
    if (ids.length === 0) return;
    this.#starts.push(this.length);
    this.#pieces.push(ids);
    this.length += ids.length;
  }

  read(offset: number, length: number): Int32Array {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    const start = offset - (this.#starts[low] ?? 0);
    return this.#pieces[low]!.subarray(start, start + length);
  }

  close(): void {
    this.#pieces.length = 0;
  }
}

/** Builds the index of tokenised rows that arrive in order. */
export class IndexBuilder {
  readonly #pieces: {
    readonly rows: TokenizedRows;
    readonly file: number;
    readonly firstOrdinal: number;
  }[] = [];
  readonly #hash: Hash = createHash('sha256');
  #samples = 0;

  /** `firstOrdinal`: number of the rows' first row among all rows. */
  append(rows: TokenizedRows, file: number, firstOrdinal: number): void {
    this.#hash.update(rows.ids);
    this.#pieces.push({ rows: { ...rows, ids: EMPTY }, file, firstOrdinal });
    this.#samples += rows.lengths.length;
  }

  /**
   * The index, in the order of `order` (row numbers among all rows); undefined: in the order of the
   * files. `fingerprint` names ids and order.
   */
  finish(order: Int32Array | undefined): {
    readonly index: SampleIndex;
    readonly fingerprint: string;
  } {
    const index = {
      offsets: new Float64Array(this.#samples),
      lengths: new Int32Array(this.#samples),
      trained: new Int32Array(this.#samples),
      rows: new Int32Array(this.#samples),
      files: new Int32Array(this.#samples),
    };
    const ordinals = new Int32Array(this.#samples);
    let [at, offset] = [0, 0];
    for (const { rows, file, firstOrdinal } of this.#pieces) {
      index.lengths.set(rows.lengths, at);
      index.trained.set(rows.trained, at);
      index.rows.set(rows.rows, at);
      index.files.fill(file, at, at + rows.lengths.length);
      for (const [i, length] of rows.lengths.entries()) {
        index.offsets[at + i] = offset;
        ordinals[at + i] = firstOrdinal + rows.ordinals[i]!;
        offset += length;
      }
      at += rows.lengths.length;
    }
    const ordered = order === undefined ? index : reordered(index, placesOf(ordinals, order));
    return {
      index: ordered,
      fingerprint: this.#hash.update(ordered.offsets).update(ordered.lengths).digest('hex'),
    };
  }
}

const EMPTY = new Int32Array(0);

/**
 * For each place in the wanted order, the sample that belongs there. Samples of one row stay in
 * their order.
 */
function placesOf(ordinals: Int32Array, order: Int32Array): Int32Array {
  const rank = new Map<number, number>();
  order.forEach((ordinal, i) => rank.set(ordinal, i));
  const next = new Int32Array(order.length + 1);
  for (const ordinal of ordinals) next[rank.get(ordinal)! + 1]!++;
  for (let i = 1; i < next.length; i++) next[i]! += next[i - 1]!;
  const places = new Int32Array(ordinals.length);
  ordinals.forEach((ordinal, sample) => {
    places[next[rank.get(ordinal)!]!++] = sample;
  });
  return places;
}

function reordered(index: SampleIndex, places: Int32Array): SampleIndex {
  const taken = (values: Int32Array): Int32Array => Int32Array.from(places, (i) => values[i]!);
  return {
    offsets: Float64Array.from(places, (i) => index.offsets[i]!),
    lengths: taken(index.lengths),
    trained: taken(index.trained),
    rows: taken(index.rows),
    files: taken(index.files),
  };
}
