// The samples of some rows as a few flat arrays: cheap to send to another thread and to write to
// disk. The highest bit of an id says that it is trained.
import { splitColumn, type ColumnArrays } from './column-arrays.js';
import type { RowTally, TallyName } from './row-tallies.js';
import type { SampleColumn } from './sample-columns.js';
import type { Sample } from './sample.js';
import type { WrongRowsOfKind } from './wrong-rows.js';

/** Samples one after the other, in order of their rows. */
export interface SampleArrays extends Readonly<Record<TallyName, RowTally>> {
  /** Ids, with the flag `TRAINED` where the label is the id. */
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
  /** Rows that were refused, where they are collected. */
  readonly wrong?: readonly WrongRowsOfKind[] | undefined;
}

/** The column that holds ids and label mask. */
export const TOKENS: SampleColumn = { column: 'tokens', dtype: 'i32', per: 'token', width: 1 };

export const TRAINED = 0x80000000 | 0;

/**
 * The samples of the first `count` rows, and those of the others, whose rows are counted anew. The
 * tallies of both are those of all. Entries are not copied.
 */
export function splitSamples(
  all: SampleArrays,
  count: number,
): readonly [SampleArrays, SampleArrays] {
  const { trained, rows, ordinals } = all;
  const first = Math.min(count, all.rowCount);
  const after = ordinals.findIndex((ordinal) => ordinal >= first);
  const samples = after < 0 ? rows.length : after;
  const [tokens, otherTokens] = splitColumn(all.tokens, samples);
  const columns = all.columns.map((column) => splitColumn(column, samples));
  return [
    {
      ...all,
      tokens,
      columns: columns.map(([column]) => column),
      trained: trained.subarray(0, samples),
      rows: rows.subarray(0, samples),
      ordinals: ordinals.subarray(0, samples),
      rowCount: first,
    },
    {
      ...all,
      tokens: otherTokens,
      columns: columns.map(([, column]) => column),
      trained: trained.subarray(samples),
      rows: rows.subarray(samples),
      ordinals: ordinals.subarray(samples).map((ordinal) => ordinal - first),
      rowCount: all.rowCount - first,
    },
  ];
}

/** The sample whose ids have the flag `TRAINED` where they are trained. */
export function unflagged(flagged: Int32Array, source: Sample['source']): Sample {
  const inputIds = new Int32Array(flagged.length);
  const labels = new Int32Array(flagged.length);
  for (let i = 0; i < flagged.length; i++) {
    const value = flagged[i]!;
    inputIds[i] = value & ~TRAINED;
    labels[i] = value < 0 ? value & ~TRAINED : -100;
  }
  return { inputIds, labels, source };
}
