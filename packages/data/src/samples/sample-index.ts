// Where samples lie in their columns, and where they come from, as flat arrays; built from samples
// that arrive in the order of rows.
import { createHash, type Hash } from 'node:crypto';
import { locationOf } from '../sources/row-source.js';
import type { ColumnArrays } from './column-arrays.js';
import { checkSameType, type SampleColumn } from './sample-columns.js';
import { TOKENS, type SampleArrays } from './sample-arrays.js';

/** Where the entries of each sample lie in a column. */
export interface ColumnIndex extends SampleColumn {
  /** First entry. */
  readonly offsets: Float64Array;
  readonly counts: Int32Array;
}

/** Entry i is sample i. */
export interface SampleIndex {
  readonly tokens: ColumnIndex;
  /** What samples bring along. */
  readonly columns: readonly ColumnIndex[];
  readonly trained: Int32Array;
  /** `RowSource.row`. */
  readonly rows: Int32Array;
  /** Into the list of files. */
  readonly files: Int32Array;
}

/** Samples without the entries of their columns. */
interface Piece extends Pick<SampleArrays, 'trained' | 'rows' | 'ordinals'> {
  readonly counts: ReadonlyMap<string, Int32Array>;
  readonly file: number;
  readonly firstOrdinal: number;
}

/** Builds the index of samples as they arrive. */
export class IndexBuilder {
  readonly #paths: readonly string[];
  readonly #pieces: Piece[] = [];
  readonly #columns = new Map<string, { readonly type: SampleColumn; readonly hash: Hash }>();
  readonly #hash: Hash = createHash('sha256');
  #samples = 0;

  constructor(paths: readonly string[]) {
    this.#paths = paths;
  }

  /**
   * `firstOrdinal`: number of the first of their rows among all rows. Errors: `bad-data` for a
   * column that has another type than in earlier rows.
   */
  append(samples: SampleArrays, file: number, firstOrdinal: number): void {
    const { tokens, columns, trained, rows, ordinals } = samples;
    this.#hash.update(tokens.values);
    for (const column of columns) this.#addColumn(column, samples, file);
    const counts = new Map([tokens, ...columns].map((one) => [one.column, one.counts]));
    this.#pieces.push({ counts, trained, rows, ordinals, file, firstOrdinal });
    this.#samples += rows.length;
  }

  /**
   * The index, in the order of `order` (row numbers among all rows); undefined: in the order of the
   * files. `fingerprint` names all entries and their order.
   */
  finish(order: Int32Array | undefined): {
    readonly index: SampleIndex;
    readonly fingerprint: string;
  } {
    const trained = new Int32Array(this.#samples);
    const rows = new Int32Array(this.#samples);
    const files = new Int32Array(this.#samples);
    const ordinals = new Int32Array(this.#samples);
    let at = 0;
    for (const piece of this.#pieces) {
      const { length } = piece.rows;
      trained.set(piece.trained, at);
      rows.set(piece.rows, at);
      files.fill(piece.file, at, at + length);
      for (let i = 0; i < length; i++) ordinals[at + i] = piece.firstOrdinal + piece.ordinals[i]!;
      at += length;
    }
    const types = [...this.#columns.values()].map(({ type }) => type);
    const index: SampleIndex = {
      tokens: this.#columnIndex(TOKENS),
      columns: types.map((type) => this.#columnIndex(type)),
      trained,
      rows,
      files,
    };
    const ordered = order === undefined ? index : reordered(index, placesOf(ordinals, order));
    return { index: ordered, fingerprint: this.#fingerprint(ordered) };
  }

  #addColumn(own: ColumnArrays, { rows }: SampleArrays, file: number): void {
    const { column, dtype, per, width, values, counts } = own;
    let known = this.#columns.get(column);
    if (known === undefined) {
      known = { type: { column, dtype, per, width }, hash: createHash('sha256') };
      this.#columns.set(column, known);
    }
    const first = counts.findIndex((count) => count > 0);
    checkSameType(known.type, own, locationOf({ file: this.#paths[file]!, row: rows[first]! }));
    known.hash.update(values);
  }

  #columnIndex(type: SampleColumn): ColumnIndex {
    const offsets = new Float64Array(this.#samples);
    const counts = new Int32Array(this.#samples);
    let [at, offset] = [0, 0];
    for (const piece of this.#pieces) {
      const own = piece.counts.get(type.column);
      if (own !== undefined) counts.set(own, at);
      for (const end = at + piece.rows.length; at < end; at++) {
        offsets[at] = offset;
        offset += counts[at]!;
      }
    }
    return { ...type, offsets, counts };
  }

  #fingerprint({ tokens, columns }: SampleIndex): string {
    this.#hash.update(tokens.offsets).update(tokens.counts);
    for (const { column, offsets, counts } of columns) {
      const { type, hash } = this.#columns.get(column)!;
      this.#hash.update(JSON.stringify(type)).update(hash.digest()).update(offsets).update(counts);
    }
    return this.#hash.digest('hex');
  }
}

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
  const column = (one: ColumnIndex): ColumnIndex => ({
    ...one,
    offsets: Float64Array.from(places, (i) => one.offsets[i]!),
    counts: taken(one.counts),
  });
  return {
    tokens: column(index.tokens),
    columns: index.columns.map(column),
    trained: taken(index.trained),
    rows: taken(index.rows),
    files: taken(index.files),
  };
}
