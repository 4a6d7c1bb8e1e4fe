// What tokenising some rows gives, as a few flat arrays: cheap to send to another thread and to
// write to disk. The highest bit of an id says that it is trained.
import { AutomodelError } from '@automodel/core';
import type { Sample } from './sample.js';

/** Samples one after the other, in order of their rows. */
export interface TokenizedRows {
  /** Ids of all samples; `TRAINED` is set where the label is the id. */
  readonly ids: Int32Array;
  readonly lengths: Int32Array;
  readonly trained: Int32Array;
  /** Row of each sample, from 1, as `RowSource.row`. */
  readonly rows: Int32Array;
  /** Number of each sample's row among the rows of the part, from 0. */
  readonly ordinals: Int32Array;
  /** Rows that were read and tokenised. */
  readonly rowCount: number;
  readonly truncated: RowTally;
  readonly split: RowTally;
  readonly dropped: RowTally;
  readonly withoutEndOfTurn: RowTally;
}

/** A count of rows, the first of them, and the tokens they lost. */
export interface RowTally {
  readonly count: number;
  readonly tokens: number;
  readonly first: readonly number[];
}

export const TRAINED = 0x80000000 | 0;

/** Rows of a tally that are named. */
export const NAMED_ROWS = 8;

/** Collects samples into growing arrays. */
export class RowCollector {
  readonly #ids = new GrowingArray();
  readonly #lengths = new GrowingArray();
  readonly #trained = new GrowingArray();
  readonly #rows = new GrowingArray();
  readonly #ordinals = new GrowingArray();

  /** Tokens so far. */
  get tokens(): number {
    return this.#ids.length;
  }

  add({ inputIds, labels, source }: Sample, trained: number, ordinal: number): void {
    const ids = this.#ids.room(inputIds.length);
    for (let i = 0; i < inputIds.length; i++) {
      const id = inputIds[i]!;
      if (labels[i] === id) ids[i] = id | TRAINED;
      else if (labels[i] === -100) ids[i] = id;
      else
        throw new AutomodelError('internal', `a label of token ${i} is neither its id nor -100`, {
          location: `${source.file}:${source.row}`,
        });
    }
    this.#lengths.room(1)[0] = inputIds.length;
    this.#trained.room(1)[0] = trained;
    this.#rows.room(1)[0] = source.row;
    this.#ordinals.room(1)[0] = ordinal;
  }

  finish(
    rest: Pick<TokenizedRows, 'rowCount' | 'truncated' | 'split' | 'dropped' | 'withoutEndOfTurn'>,
  ): TokenizedRows {
    return {
      ids: this.#ids.taken(),
      lengths: this.#lengths.taken(),
      trained: this.#trained.taken(),
      rows: this.#rows.taken(),
      ordinals: this.#ordinals.taken(),
      ...rest,
    };
  }
}

/**
 * The first `count` rows, and the others counted anew; the tallies of both are those of all. Ids
 * are not copied.
 */
export function splitRows(
  rows: TokenizedRows,
  count: number,
): readonly [TokenizedRows, TokenizedRows] {
  const first = Math.min(count, rows.rowCount);
  const after = rows.ordinals.findIndex((ordinal) => ordinal >= first);
  const samples = after < 0 ? rows.lengths.length : after;
  const tokens = rows.lengths.subarray(0, samples).reduce((sum, length) => sum + length, 0);
  const { ids, lengths, trained, ordinals } = rows;
  return [
    {
      ...rows,
      ids: ids.subarray(0, tokens),
      lengths: lengths.subarray(0, samples),
      trained: trained.subarray(0, samples),
      rows: rows.rows.subarray(0, samples),
      ordinals: ordinals.subarray(0, samples),
      rowCount: first,
    },
    {
      ...rows,
      ids: ids.subarray(tokens),
      lengths: lengths.subarray(samples),
      trained: trained.subarray(samples),
      rows: rows.rows.subarray(samples),
      ordinals: ordinals.subarray(samples).map((ordinal) => ordinal - first),
      rowCount: rows.rowCount - first,
    },
  ];
}

/** The sample that flagged ids hold. */
export function unpackSample(packed: Int32Array, source: Sample['source']): Sample {
  const inputIds = new Int32Array(packed.length);
  const labels = new Int32Array(packed.length);
  for (let i = 0; i < packed.length; i++) {
    const value = packed[i]!;
    inputIds[i] = value & ~TRAINED;
    labels[i] = value < 0 ? value & ~TRAINED : -100;
  }
  return { inputIds, labels, source };
}

class GrowingArray {
  length = 0;
  #values = new Int32Array(1024);

  /** The next `count` places. */
  room(count: number): Int32Array {
    const end = this.length + count;
    if (end > this.#values.length) {
      const larger = new Int32Array(Math.max(end, 2 * this.#values.length));
      larger.set(this.#values.subarray(0, this.length));
      this.#values = larger;
    }
    const places = this.#values.subarray(this.length, end);
    this.length = end;
    return places;
  }

  taken(): Int32Array {
    return this.#values.slice(0, this.length);
  }
}
