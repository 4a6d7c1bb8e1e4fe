// The curves of a report as data for assets/report.js: aligned columns, thinned to what a screen
// can show. Steps are counted from 1 here: x is how many steps were done.
import type { ReportData, ReportStep } from './report-data.js';

export interface ChartSeries {
  readonly label: string;
  readonly values: readonly (number | null)[];
  /** Drawn dashed, as a reference. */
  readonly reference?: boolean;
  /** A dot at each value, because there are few. */
  readonly dots?: boolean;
}

export interface Chart {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  /** The axis begins at 0. */
  readonly fromZero: boolean;
  readonly logarithmic: boolean;
  /** Steps that each point of the curve stands for. */
  readonly stepsPerPoint: number;
  readonly x: readonly number[];
  readonly series: readonly ChartSeries[];
}

/**
 * The axis is logarithmic when the highest loss is this many times the lowest: otherwise the end
 * would be a flat line.
 */
const LOGARITHMIC_FROM = 50;

/** Maximum number of points of one curve: about the pixels across a wide screen. */
export const MAX_POINTS = 1500;

type Summary = (values: readonly number[]) => number;
const mean: Summary = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const largest: Summary = (values) => Math.max(...values);

/**
 * A curve of at most MAX_POINTS points, each the summary of equally many steps, at the last of
 * them.
 */
function thinned(
  steps: readonly ReportStep[],
  read: (step: ReportStep) => number,
  summary: Summary,
): { readonly x: number[]; readonly y: number[]; readonly stepsPerPoint: number } {
  const stepsPerPoint = Math.max(1, Math.ceil(steps.length / MAX_POINTS));
  const [x, y]: [number[], number[]] = [[], []];
  for (let i = 0; i < steps.length; i += stepsPerPoint) {
    const bucket = steps.slice(i, i + stepsPerPoint);
    x.push((bucket.at(-1)?.step ?? i) + 1);
    y.push(summary(bucket.map(read)));
  }
  return { x, y, stepsPerPoint };
}

function lossChart({ steps, validations }: ReportData): Chart {
  const { x: trained, y, stepsPerPoint } = thinned(steps, ({ loss }) => loss, mean);
  const curves = new Map<string, Map<number, number>>([
    ['training', new Map(trained.map((at, i) => [at, y[i] ?? NaN]))],
  ]);
  for (const { name, step, loss } of validations) {
    const label = name === 'default' ? 'validation' : `validation ${name}`;
    curves.set(label, (curves.get(label) ?? new Map<number, number>()).set(step + 1, loss));
  }
  const x = [...new Set([...curves.values()].flatMap((curve) => [...curve.keys()]))].sort(
    (a, b) => a - b,
  );
  const series = [...curves].map(([label, curve]): ChartSeries => ({
    label,
    values: x.map((at) => curve.get(at) ?? null),
    ...(label === 'training' ? {} : { dots: true }),
  }));
  const losses = [...curves.values()].flatMap((curve) => [...curve.values()]);
  const lowest = losses.reduce((a, b) => Math.min(a, b));
  const logarithmic =
    lowest > 0 && losses.reduce((a, b) => Math.max(a, b)) > LOGARITHMIC_FROM * lowest;
  return {
    id: 'loss',
    title: 'Loss',
    unit: `nats per token${logarithmic ? ', logarithmic' : ''}`,
    fromZero: false,
    logarithmic,
    stepsPerPoint,
    x,
    series,
  };
}

function stepChart(
  { steps }: ReportData,
  chart: Pick<Chart, 'id' | 'title' | 'unit'>,
  read: (step: ReportStep) => number,
  summary: Summary = mean,
): Chart {
  const { x, y, stepsPerPoint } = thinned(steps, read, summary);
  return {
    ...chart,
    fromZero: true,
    logarithmic: false,
    stepsPerPoint,
    x,
    series: [{ label: chart.title.toLowerCase(), values: y }],
  };
}

/** All charts of a run; none before its first step. */
export function chartsOf(data: ReportData): readonly Chart[] {
  if (data.steps.length === 0) return [];
  const memory = stepChart(
    data,
    { id: 'memory', title: 'Peak memory', unit: 'GiB' },
    ({ memoryGib }) => memoryGib,
    largest,
  );
  const { plan } = data;
  const predicted =
    plan === undefined
      ? []
      : [
          {
            label: 'predicted',
            reference: true,
            values: memory.x.map(() => plan.peakBytes / 2 ** 30),
          },
        ];
  return [
    lossChart(data),
    stepChart(
      data,
      { id: 'learning-rate', title: 'Learning rate', unit: '' },
      ({ learningRate }) => learningRate,
    ),
    stepChart(
      data,
      { id: 'gradient-norm', title: 'Gradient norm', unit: 'before clipping' },
      ({ gradientNorm }) => gradientNorm,
    ),
    stepChart(
      data,
      { id: 'tokens', title: 'Tokens per second', unit: '' },
      ({ tokensPerSecond }) => tokensPerSecond,
    ),
    { ...memory, series: [...memory.series, ...predicted] },
  ];
}
