// What a chart shows under the reader's settings: which steps, how high the axis reaches, and each
// curve as points, as measured and smoothed.
import type { Axis } from './axis.js';
import type { Chart, ChartSettings } from './chart.js';
import { smoothed } from './smoothing.js';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface ShownSeries {
  readonly label: string;
  /** Which colour it has, from 0; a reference has none. */
  readonly colour: number | undefined;
  readonly dots: boolean;
  /** As measured. */
  readonly points: readonly Point[];
  /** Undefined where the curve is not smoothed. */
  readonly smooth: readonly Point[] | undefined;
}

export interface ChartView {
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly ShownSeries[];
}

/** The share of the steps that is left out of the scale. */
export const FIRST_SHARE = 0.1;
/** With fewer points nothing is left out. */
const FEWEST_POINTS = 10;
/** The first steps are left out of the scale if this makes it shorter than this share. */
const WORTH_IT = 0.6;

/** Whether the vertical axis of the chart is logarithmic. */
export const isLogarithmic = (chart: Chart, { logarithmic }: ChartSettings): boolean =>
  chart.logarithmic !== 'no' && (logarithmic ?? chart.logarithmic === 'preferred');

/** The first and the last step of the chart, one apart at least. */
export function wholeRange({ x }: Chart): readonly [number, number] {
  const [first = 0, last = first] = [x[0], x.at(-1)];
  return last > first ? [first, last] : [first - 1, first + 1];
}

export function chartView(chart: Chart, settings: ChartSettings): ChartView {
  const [from, to] = settings.range ?? wholeRange(chart);
  const logarithmic = isLogarithmic(chart, settings);
  const series = shownSeries(chart, settings, [from, to]);
  return {
    x: { low: from, high: to, logarithmic: false },
    y: heightOf(chart, series, settings, { from, to, logarithmic }),
    series,
  };
}

function shownSeries(
  chart: Chart,
  { smoothing }: ChartSettings,
  range: readonly [number, number],
): readonly ShownSeries[] {
  let colours = 0;
  return chart.series.map(({ label, values, reference = false, dots = false }) => ({
    label,
    colour: reference ? undefined : colours++,
    dots: dots || chart.x.length === 1,
    points: pointsIn(chart.x, values, range),
    smooth:
      chart.noisy && !reference && !dots && smoothing > 0
        ? pointsIn(chart.x, smoothed(values, smoothing), range)
        : undefined,
  }));
}

/** The points in the range, and one on each side of it, so that the curve reaches the edges. */
function pointsIn(
  x: readonly number[],
  values: readonly (number | null)[],
  [from, to]: readonly [number, number],
): readonly Point[] {
  const points: Point[] = [];
  for (const [i, at] of x.entries()) {
    const y = values[i];
    if (typeof y === 'number' && Number.isFinite(y)) points.push({ x: at, y });
  }
  const first = points.findIndex((point) => point.x >= from);
  const last = points.findLastIndex((point) => point.x <= to);
  return first < 0 ? points.slice(-1) : points.slice(Math.max(0, first - 1), last + 2);
}

interface Extent {
  readonly low: number;
  readonly high: number;
}

/** How far up and down the axis reaches. */
function heightOf(
  chart: Chart,
  series: readonly ShownSeries[],
  { skipFirst }: ChartSettings,
  { from, to, logarithmic }: { from: number; to: number; logarithmic: boolean },
): Axis {
  const [first, last] = wholeRange(chart);
  const begin = first + FIRST_SHARE * (last - first);
  const within = series.flatMap(({ points }) =>
    points.filter(({ x, y }) => x >= from && x <= to && (!logarithmic || y > 0)),
  );
  const axis = (points: readonly Point[]): Axis =>
    withMargin(extentOf(points), chart.fromZero, logarithmic);
  const all = axis(within);
  if (!skipFirst || chart.x.length < FEWEST_POINTS) return all;
  const later = within.filter(({ x }) => x > begin);
  if (later.length < 2) return all;
  const without = axis(later);
  return lengthOf(without) < WORTH_IT * lengthOf(all) ? without : all;
}

const lengthOf = ({ low, high, logarithmic }: Axis): number =>
  logarithmic ? Math.log(high / low) : high - low;

/** Undefined where there is no point. */
function extentOf(points: readonly Point[]): Extent | undefined {
  if (points.length === 0) return undefined;
  return points.reduce(
    ({ low, high }, { y }) => ({ low: Math.min(low, y), high: Math.max(high, y) }),
    { low: Infinity, high: -Infinity },
  );
}

/** Free space above and below the curves, as a share of the axis. */
const MARGIN = 0.06;

function withMargin(extent: Extent | undefined, fromZero: boolean, logarithmic: boolean): Axis {
  if (extent === undefined) return { low: logarithmic ? 0.1 : 0, high: 1, logarithmic };
  const { low, high } = extent;
  if (logarithmic) {
    const factor = Math.max(1.05, (high / low) ** MARGIN);
    return { low: low / factor, high: high * factor, logarithmic };
  }
  const bottom = fromZero ? Math.min(0, low) : low;
  const margin = (high - bottom) * MARGIN || Math.abs(high) * 0.1 || 1;
  return {
    low: fromZero && bottom === 0 ? 0 : bottom - margin,
    high: high + margin,
    logarithmic,
  };
}
