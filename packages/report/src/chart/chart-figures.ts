// The charts of a page as HTML, without script: picture, legend and title of each. The page's
// script draws the same again in the width of the screen and under the reader's settings.
import { html, type Markup } from '../format/markup.js';
import { DEFAULT_SETTINGS, type Chart } from './chart.js';
import { isLogarithmic } from './chart-view.js';
import { chartSvg, type ChartSize } from './chart-svg.js';
import { legendMarkup, legendText } from './legend.js';

/** Width for which the pictures are drawn before the page's script knows the screen's. */
const WIDTH: Readonly<Record<'wide' | 'half', number>> = { wide: 1040, half: 500 };

/** The chart of the loss is higher, and as wide as the page. */
export const isWide = ({ id }: Pick<Chart, 'id'>): boolean => id === 'loss';

export const chartHeight = (chart: Pick<Chart, 'id'>): number => (isWide(chart) ? 300 : 210);

/** What the picture shows, in words. */
export const chartLabel = (chart: Chart): string =>
  `${chart.title} by step; at the end ${legendText(chart, DEFAULT_SETTINGS, undefined)}`;

/** Unit, kind of axis and how many steps make a point. */
export const chartNote = (chart: Chart, logarithmic: boolean): string =>
  [
    chart.unit,
    logarithmic ? 'logarithmic' : '',
    chart.stepsPerPoint > 1 ? `each point is ${chart.stepsPerPoint} steps` : '',
  ]
    .filter(Boolean)
    .join(', ');

function figure(chart: Chart): Markup {
  const size: ChartSize = {
    width: isWide(chart) ? WIDTH.wide : WIDTH.half,
    height: chartHeight(chart),
  };
  const note = chartNote(chart, isLogarithmic(chart, DEFAULT_SETTINGS));
  return html`<figure class="${isWide(chart) ? 'wide' : 'half'}" data-chart="${chart.id}">
<figcaption>${chart.title} <span class="unit">${note}</span></figcaption>
<div class="plot">${chartSvg(chart, DEFAULT_SETTINGS, size, chartLabel(chart))}</div>
<dl class="legend">${legendMarkup(chart, DEFAULT_SETTINGS, undefined)}</dl>
</figure>`;
}

/** All figures; the inside of the element `charts`. */
export const chartFigures = (charts: readonly Chart[]): Markup => html`${charts.map(figure)}`;
