// The metrics by name, and your own.
import { AutomodelError } from '@automodel/core';
import { isMetricPath, METRIC_NAMES, type MetricName } from '@automodel/recipe';
import { accuracy } from './accuracy.js';
import { exactMatch } from './exact-match.js';
import { f1 } from './f1.js';
import type { AnsweredQuestion, Metric, MetricScore } from './metric.js';
import { numeric, type NumericTolerance } from './numeric.js';
import { importMetric } from './own-metric.js';
import { rougeL } from './rouge-l.js';

/** Makes a metric; only numbers have settings. */
const METRICS: Readonly<Record<MetricName, (tolerance: NumericTolerance) => Metric>> = {
  exact_match: () => exactMatch,
  accuracy: () => accuracy,
  f1: () => f1,
  rouge_l: () => rougeL,
  numeric,
};

/** Numbers must be met exactly. */
const NO_TOLERANCE: NumericTolerance = { absolute: 0, relative: 0 };

export interface MetricOptions {
  /** Where relative paths of modules start. */
  readonly workingDirectory: string;
  /** Default: none. */
  readonly tolerance?: NumericTolerance | undefined;
}

const isKnown = (name: string): name is MetricName => Object.hasOwn(METRICS, name);

/**
 * The metrics that are named: known ones, and paths of modules. Errors: `bad-argument` for a name
 * that is neither; those of loading a module.
 */
export async function openMetrics(
  names: readonly string[],
  { workingDirectory, tolerance = NO_TOLERANCE }: MetricOptions,
): Promise<readonly Metric[]> {
  const metrics: Metric[] = [];
  for (const name of new Set(names)) {
    if (isKnown(name)) metrics.push(METRICS[name](tolerance));
    else if (isMetricPath(name)) metrics.push(await importMetric(name, workingDirectory));
    else
      throw new AutomodelError('bad-argument', `there is no metric ${JSON.stringify(name)}`, {
        hint:
          `known metrics: ${METRIC_NAMES.join(', ')}; or the path of a module, such as ` +
          './my-metric.mjs',
      });
  }
  return metrics;
}

/** The scores of `answers`; none without answers. Errors: those of your own metrics. */
export async function scoreAnswers(
  metrics: readonly Metric[],
  answers: readonly AnsweredQuestion[],
): Promise<readonly MetricScore[]> {
  if (answers.length === 0) return [];
  const scores: MetricScore[] = [];
  for (const { name, score } of metrics) scores.push({ name, ...(await score(answers)) });
  return scores;
}
