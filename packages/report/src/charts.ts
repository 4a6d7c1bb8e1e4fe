// The curves of a report as data: aligned columns, thinned to what a screen can show.
import type { Chart, ChartSeries } from './chart/chart.js';
import type { ReportData, ReportStep } from './report-data.js';

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

/** The middle one of the values, the upper of two; undefined: there are none. */
export const middle = (values: readonly number[]): number | undefined =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

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
  const isSteep = lowest > 0 && losses.reduce((a, b) => Math.max(a, b)) > LOGARITHMIC_FROM * lowest;
  return {
    id: 'loss',
    title: 'Loss',
    unit: 'nats per token',
    fromZero: false,
    logarithmic: isSteep ? 'preferred' : 'possible',
    noisy: true,
    stepsPerPoint,
    x,
    series,
  };
}

type StepChart = Pick<Chart, 'id' | 'title' | 'unit' | 'logarithmic' | 'noisy'>;

function stepChart(
  { steps }: ReportData,
  chart: StepChart,
  read: (step: ReportStep) => number,
  summary: Summary = mean,
): Chart {
  const { x, y, stepsPerPoint } = thinned(steps, read, summary);
  return {
    ...chart,
    fromZero: true,
    stepsPerPoint,
    x,
    series: [{ label: chart.title.toLowerCase(), values: y }],
  };
}

/** The chart with a level line across it; the same chart if there is no such value. */
function withReference(chart: Chart, label: string, value: number | undefined): Chart {
  if (value === undefined) return chart;
  const line: ChartSeries = { label, reference: true, values: chart.x.map(() => value) };
  return { ...chart, series: [...chart.series, line] };
}

/** All charts of a run; none before its first step. */
export function chartsOf(data: ReportData): readonly Chart[] {
  const { steps, plan } = data;
  if (steps.length === 0) return [];
  const smooth = { logarithmic: 'no', noisy: false } as const;
  const tokens = stepChart(
    data,
    { id: 'tokens', title: 'Tokens per second', unit: '', logarithmic: 'no', noisy: true },
    ({ tokensPerSecond }) => tokensPerSecond,
  );
  const memory = stepChart(
    data,
    { id: 'memory', title: 'Peak memory', unit: 'GiB', ...smooth },
    ({ memoryGib }) => memoryGib,
    largest,
  );
  return [
    lossChart(data),
    stepChart(
      data,
      { id: 'learning-rate', title: 'Learning rate', unit: '', ...smooth, logarithmic: 'possible' },
      ({ learningRate }) => learningRate,
    ),
    stepChart(
      data,
      {
        id: 'gradient-norm',
        title: 'Gradient norm',
        unit: 'before clipping',
        logarithmic: 'possible',
        noisy: true,
      },
      ({ gradientNorm }) => gradientNorm,
    ),
    withReference(tokens, 'median', middle(steps.map(({ tokensPerSecond }) => tokensPerSecond))),
    withReference(memory, 'predicted', plan && plan.peakBytes / 2 ** 30),
  ];
}
