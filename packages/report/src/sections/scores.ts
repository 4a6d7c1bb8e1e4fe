// How answers were scored by metrics other than exact match: a figure for each in the head of the
// report, a table over time, and one by label.
import type { Markup } from '../format/markup.js';
import { metricHeading, metricLabel, metricOfLabel } from '../format/metric-label.js';
import type { ReportData, ReportEvaluation, ReportScore } from '../report-data.js';
import { numberText } from '../format/units.js';
import { table, type Cell } from './table.js';

const labelOf = (name: string): string => metricHeading(name, metricLabel(name));

const ownScores = ({ scores = [] }: ReportEvaluation): readonly ReportScore[] =>
  scores.filter(({ name }) => name !== 'exact_match');

const valueOf = (evaluation: ReportEvaluation, name: string): number | undefined =>
  ownScores(evaluation).find((score) => score.name === name)?.value;

const namesIn = (evaluations: readonly ReportEvaluation[]): readonly string[] => [
  ...new Set(evaluations.flatMap((evaluation) => ownScores(evaluation).map(({ name }) => name))),
];

/** The last score by each metric, and the first. */
export function scoreFigures({ evaluations }: Pick<ReportData, 'evaluations'>): readonly {
  readonly label: string;
  readonly value: string;
  readonly detail: string | undefined;
}[] {
  return namesIn(evaluations).flatMap((name) => {
    const values = evaluations
      .map((evaluation) => valueOf(evaluation, name))
      .filter((value) => value !== undefined);
    const [first, last] = [values[0], values.at(-1)];
    if (first === undefined || last === undefined) return [];
    const detail = values.length > 1 ? `from ${numberText(first)}` : undefined;
    return [{ label: labelOf(name), value: numberText(last), detail }];
  });
}

/** `moment` says when an evaluation was. */
export function scoreTables(
  evaluations: readonly ReportEvaluation[],
  moment: (evaluation: ReportEvaluation) => string,
): readonly Markup[] {
  const names = namesIn(evaluations);
  if (names.length === 0) return [];
  const scored = evaluations.filter((evaluation) => ownScores(evaluation).length > 0);
  const overTime = table(
    'Scores on held-out rows',
    ['', ...names.map(labelOf)],
    scored.map((evaluation): Cell[] => [
      moment(evaluation),
      ...names.map((name) => textOf(valueOf(evaluation, name))),
    ]),
  );
  const last = scored.at(-1);
  const byLabel = last === undefined ? undefined : labelTable(last, moment(last));
  return byLabel === undefined ? [overTime] : [overTime, byLabel];
}

const textOf = (value: number | undefined): string =>
  value === undefined ? '' : numberText(value);

function labelTable(evaluation: ReportEvaluation, moment: string): Markup | undefined {
  const scores = ownScores(evaluation).filter(({ labels }) => labels !== undefined);
  const labels = [...new Set(scores.flatMap((score) => Object.keys(score.labels ?? {})))];
  if (labels.length === 0) return undefined;
  return table(
    `By label, ${moment}`,
    ['', ...scores.map(({ name }) => metricHeading(name, metricOfLabel(name)))],
    labels.map((label): Cell[] => [label, ...scores.map((score) => textOf(score.labels?.[label]))]),
  );
}
