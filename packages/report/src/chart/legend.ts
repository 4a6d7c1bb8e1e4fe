// The legend of a chart: each curve with its value at the step that the reader points at, or its
// last one, so that it is never empty.
import { html, type Markup } from '../format/markup.js';
import { shortNumber } from './axis.js';
import type { Chart, ChartSettings } from './chart.js';
import { smoothed } from './smoothing.js';

export interface LegendEntry {
  readonly label: string;
  /** Undefined: not measured by then. */
  readonly value: number | undefined;
  /** The smoothed value, where the curve is smoothed. */
  readonly smooth: number | undefined;
  readonly reference: boolean;
  readonly dots: boolean;
}

/** The index of the point of the chart that is nearest to the step; undefined: no points. */
export function nearestPoint({ x }: Pick<Chart, 'x'>, step: number): number | undefined {
  if (x.length === 0) return undefined;
  let [low, high] = [0, x.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((x[middle] ?? 0) <= step) low = middle;
    else high = middle;
  }
  return Math.abs((x[high] ?? 0) - step) < Math.abs((x[low] ?? 0) - step) ? high : low;
}

/** The values at `step`, or before it where nothing was measured then; undefined: the last ones. */
export function legendEntries(
  chart: Chart,
  { smoothing }: ChartSettings,
  step: number | undefined,
): readonly LegendEntry[] {
  const at = step === undefined ? undefined : nearestPoint(chart, step);
  const upTo = (at ?? chart.x.length - 1) + 1;
  return chart.series.map(({ label, values, reference = false, dots = false }) => {
    const last = (some: readonly (number | null)[]): number | undefined =>
      some.slice(0, upTo).findLast((value) => value !== null) ?? undefined;
    const isSmooth = chart.noisy && !reference && !dots && smoothing > 0;
    return {
      label,
      value: last(values),
      smooth: isSmooth ? last(smoothed(values, smoothing)) : undefined,
      reference,
      dots,
    };
  });
}

/** The step that the legend speaks of. */
export function legendStep(chart: Chart, step: number | undefined): number | undefined {
  if (step === undefined) return chart.x.at(-1);
  const at = nearestPoint(chart, step);
  return at === undefined ? undefined : chart.x[at];
}

const valueText = ({ value, smooth }: LegendEntry): string => {
  if (value === undefined) return 'none yet';
  return smooth === undefined
    ? shortNumber(value)
    : `${shortNumber(value)} (smoothed ${shortNumber(smooth)})`;
};

/** The legend in words: what a screen reader says when the reader moves along the steps. */
export const legendText = (
  chart: Chart,
  settings: ChartSettings,
  step: number | undefined,
): string =>
  [
    `step ${legendStep(chart, step) ?? 0}`,
    ...legendEntries(chart, settings, step).map((entry) => `${entry.label} ${valueText(entry)}`),
  ].join(', ');

/** The inside of the legend's list. */
export function legendMarkup(
  chart: Chart,
  settings: ChartSettings,
  step: number | undefined,
): Markup {
  let colours = 0;
  const entries = legendEntries(chart, settings, step).map((entry) => {
    const style = entry.reference ? 'reference' : `series-${colours++ % 4}`;
    const dot = entry.dots
      ? html`<circle class="dot ${style}" cx="10" cy="5" r="3.5"/>`
      : undefined;
    const line = html`<path class="line ${style}" d="M0 5H20"/>`;
    return html`<div><dt><svg class="swatch" width="20" height="10" aria-hidden="true">${line}${dot}
</svg>${entry.label}</dt><dd>${valueText(entry)}</dd></div>`;
  });
  return html`<div><dt>step</dt><dd>${legendStep(chart, step) ?? 'none yet'}</dd></div>${entries}`;
}
