// Several loaded data sets as one, by weight, with a report that adds theirs and says what the
// mixture takes from each.
import {
  summariseLengths,
  type DatasetReport,
  type MixtureShare,
  type RowList,
} from './dataset-report.js';
import type { Dataset } from './load-dataset.js';
import { mixSamples, type MixOptions } from './mix-samples.js';
import { eachTally, NAMED_ROWS } from './row-tallies.js';

/** One data set of a mixture. */
export interface MixtureMember {
  /** Its files, as reports show them. */
  readonly file: string;
  /** Relative, above 0. */
  readonly weight: number;
  readonly dataset: Dataset;
}

/** A data set of the members' samples. Errors: those of `mixSamples`. */
export function mixDatasets(
  members: readonly MixtureMember[],
  options: Omit<MixOptions, 'weights'> = {},
): Dataset {
  const { samples, parts } = mixSamples(
    members.map(({ dataset }) => dataset.samples),
    { ...options, weights: members.map(({ weight }) => weight) },
  );
  const mixture = members.map(({ file, weight, dataset: { report } }, i): MixtureShare => ({
    file,
    weight,
    rows: report.rows,
    samples: report.samples,
    taken: parts[i]!.samples,
    repeated: parts[i]!.repeated,
  }));
  const reports = members.map(({ dataset }) => dataset.report);
  const sum = (values: Iterable<number>): number =>
    Array.from(values).reduce((total, value) => total + value, 0);
  const lengths = summariseLengths(samples.lengths);
  const report: DatasetReport = {
    rows: sum(reports.map(({ rows }) => rows)),
    samples: samples.length,
    tokens: samples.lengths.reduce((total, length) => total + length, 0),
    trainedTokens: samples.trained.reduce((total, count) => total + count, 0),
    longest: lengths.longest,
    lengths,
    ...eachTally((name) => reports.map((report) => report[name]).reduce(joined)),
    seconds: sum(reports.map(({ seconds }) => seconds)),
    fromCache: reports.every(({ fromCache }) => fromCache),
    notes: reports.flatMap(({ notes }) => notes),
    mixture,
  };
  return { samples, report, members: members.map(({ dataset }) => dataset) };
}

function joined(a: RowList, b: RowList): RowList {
  return {
    count: a.count + b.count,
    tokens: a.tokens + b.tokens,
    first: [...a.first, ...b.first].slice(0, NAMED_ROWS),
  };
}
