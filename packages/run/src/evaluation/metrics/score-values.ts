// The numbers of scores by the names that they have in metrics.jsonl and in trackers.
import type { MetricScore } from './metric.js';

/** Each score by its name, and those by label as `f1/LABEL`. */
export const scoreValues = (scores: readonly MetricScore[]): Readonly<Record<string, number>> =>
  Object.fromEntries(
    scores.flatMap(({ name, value, labels = {} }): [string, number][] => [
      [name, value],
      ...Object.entries(labels).map(([label, own]): [string, number] => [`${name}/${label}`, own]),
    ]),
  );
