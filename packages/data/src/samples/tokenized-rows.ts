// What tokenising some rows gives, as a few flat arrays: cheap to send to another thread and to
// write to disk. The highest bit of an id says that it is trained.
import { AutomodelError } from '@automodel/core';
import { ColumnCollector, splitColumn, type ColumnArrays } from './column-arrays.js';
import { GrowingArray } from './growing-array.js';
import type { SampleColumn } from './sample-columns.js';
import type { Sample } from './sample.js';

/** Samples one after the other, in order of their rows. */
export interface TokenizedRows {
  /** Ids, with `TRAINED` set where the label is the id. */
  readonly tokens: ColumnArrays;
  /** What rows bring along. */
  readonly columns: readonly ColumnArrays[];
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

/** The column that holds ids and label mask. */
export const TOKENS: SampleColumn = { column: 'tokens', dtype: 'i32', per: 'token', width: 1 };

export const TRAINED = 0x80000000 | 0;

/** Rows of a tally that are named. */
export const NAMED_ROWS = 8;

/** Collects samples into growing arrays. */
export class RowCollector {
  readonly #ids = new GrowingArray(Int32Array);
  readonly #lengths = new GrowingArray(Int32Array);
  readonly #columns = new Map<string, ColumnCollector>();
  readonly #trained = new GrowingArray(Int32Array);
  readonly #rows = new GrowingArray(Int32Array);
  readonly #ordinals = new GrowingArray(Int32Array);

  /** Tokens so far. */
  get tokens(): number {
    return this.#ids.length;
  }

  /** Errors: `bad-data` for a column that is of another type than in samples before. */
  add({ inputIds, labels, columns, source }: Sample, trained: number, ordinal: number): void {
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
    if (columns !== undefined) this.#addColumns(columns, source);
    this.#lengths.room(1)[0] = inputIds.length;
    this.#trained.room(1)[0] = trained;
    this.#rows.room(1)[0] = source.row;
    this.#ordinals.room(1)[0] = ordinal;
  }

  finish(
    rest: Pick<TokenizedRows, 'rowCount' | 'truncated' | 'split' | 'dropped' | 'withoutEndOfTurn'>,
  ): TokenizedRows {
    const samples = this.#rows.length;
    return {
      tokens: { ...TOKENS, values: this.#ids.taken(), counts: this.#lengths.taken() },
      columns: [...this.#columns.values()].map((column) => column.taken(samples)),
      trained: this.#trained.taken(),
      rows: this.#rows.taken(),
      ordinals: this.#ordinals.taken(),
      ...rest,
    };
  }

  #addColumns(columns: NonNullable<Sample['columns']>, source: Sample['source']): void {
    for (const [column, own] of Object.entries(columns)) {
      let collector = this.#columns.get(column);
      if (collector === undefined)
        this.#columns.set(column, (collector = new ColumnCollector({ column, ...own })));
      collector.add(own, this.#rows.length, source);
    }
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
  const samples = after < 0 ? rows.rows.length : after;
  const { trained, ordinals } = rows;
  const [tokens, otherTokens] = splitColumn(rows.tokens, samples);
  const columns = rows.columns.map((column) => splitColumn(column, samples));
  return [
    {
      ...rows,
      tokens,
      columns: columns.map(([column]) => column),
      trained: trained.subarray(0, samples),
      rows: rows.rows.subarray(0, samples),
      ordinals: ordinals.subarray(0, samples),
      rowCount: first,
    },
    {
      ...rows,
      tokens: otherTokens,
      columns: columns.map(([, column]) => column),
      trained: trained.subarray(samples),
      rows: rows.rows.subarray(samples),
      ordinals: ordinals.subarray(samples).map((ordinal) => ordinal - first),
      rowCount: rows.rowCount - first,
    },
  ];
}

/** The sample that flagged ids hold. */
export function unpackSample(flagged: Int32Array, source: Sample['source']): Sample {
  const inputIds = new Int32Array(flagged.length);
  const labels = new Int32Array(flagged.length);
  for (let i = 0; i < flagged.length; i++) {
    const value = flagged[i]!;
    inputIds[i] = value & ~TRAINED;
    labels[i] = value < 0 ? value & ~TRAINED : -100;
  }
  return { inputIds, labels, source };
}
