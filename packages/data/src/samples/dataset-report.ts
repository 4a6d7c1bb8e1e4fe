// What became of the rows of a data set, in a report whose size does not grow with the data.
import type { TallyName } from './row-tallies.js';
import type { RowSource } from '../sources/row-source.js';

/** Rows to which the same thing happened: how many, the first few of them, and the tokens lost. */
export interface RowList {
  readonly count: number;
  readonly tokens: number;
  readonly first: readonly RowSource[];
}

/** Quantiles of the samples' lengths in tokens. */
export interface LengthSummary {
  readonly shortest: number;
  readonly median: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly longest: number;
}

/** What a mixture takes from one of its data sets. */
export interface MixtureShare {
  readonly file: string;
  /** Relative. */
  readonly weight: number;
  /** Rows chosen, and samples made of them. */
  readonly rows: number;
  readonly samples: number;
  /** Samples taken in an epoch, repetitions included, and how many of them were taken before. */
  readonly taken: number;
  readonly repeated: number;
}

/**
 * In the report of a mixture, samples, tokens and lengths are those of an epoch; rows and lists of
 * rows are those of its data sets. `TALLIES` say what lists of rows there are.
 */
export interface DatasetReport extends Readonly<Record<TallyName, RowList>> {
  /** Rows chosen by split, seed and limit. */
  readonly rows: number;
  readonly samples: number;
  readonly tokens: number;
  readonly trainedTokens: number;
  readonly longest: number;
  readonly lengths: LengthSummary;
  /** From opening the files until the samples could be read. */
  readonly seconds: number;
  readonly fromCache: boolean;
  /** What went wrong without doing harm, such as a damaged cache entry that was made again. */
  readonly notes: readonly string[];
  /** What a mixture takes from each of its data sets. */
  readonly mixture?: readonly MixtureShare[] | undefined;
}

/** Summary of `lengths`. */
export function summariseLengths(lengths: Int32Array): LengthSummary {
  const sorted = lengths.slice().sort();
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return {
    shortest: at(0),
    median: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    longest: at(1),
  };
}
