// Scores of answers as a person reads them, and as data.
import { isShareOfRows, metricLabel, metricOfLabel, type MetricScore } from '@automodel/run';
import { formatPercent } from './units.js';

export { metricLabel } from '@automodel/run';

/** `87.5 %`, or the number for other metrics than shares. */
export const scoreValue = ({ name, value }: MetricScore): string =>
  isShareOfRows(name) ? formatPercent(value) : String(Number(value.toPrecision(4)));

/** `accuracy 87.5 %`. */
export const scoreText = (score: MetricScore): string =>
  `${metricLabel(score.name)} ${scoreValue(score)}`;

/** Values by metric, and those by label as `f1_by_label`. */
export const scoresAsJson = (
  scores: readonly MetricScore[],
): Readonly<Record<string, number | Readonly<Record<string, number>>>> =>
  Object.fromEntries(
    scores.flatMap(({ name, value, labels }) => [
      [name, value],
      ...(labels === undefined ? [] : [[`${name}_by_label`, labels]]),
    ]),
  ) as Readonly<Record<string, number | Readonly<Record<string, number>>>>;

/** More labels are only in the report. */
const LABELS_SHOWN = 20;

/** A row for each label, where metrics have numbers by label. */
export function labelRows(scores: readonly MetricScore[]): readonly (readonly string[])[] {
  const byLabel = scores.filter(({ labels }) => labels !== undefined);
  const labels = [...new Set(byLabel.flatMap((score) => Object.keys(score.labels ?? {})))];
  const rows = labels.slice(0, LABELS_SHOWN).map((label) => [
    `  ${label}`,
    byLabel
      .flatMap((score) => {
        const value = score.labels?.[label];
        return value === undefined ? [] : [`${metricOfLabel(score.name)} ${formatPercent(value)}`];
      })
      .join(', '),
  ]);
  const more = labels.length - LABELS_SHOWN;
  return more > 0 ? [...rows, [`  and ${more} more labels`, '']] : rows;
}
