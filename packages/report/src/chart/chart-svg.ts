// A chart as a picture: SVG text, the same from Node (in a page that needs no script) and in the
// browser (under the reader's settings). Colours and fonts come from the page's style sheet.
import { html, type Markup } from '../format/markup.js';
import { marksOf, placeOn, shortNumber, type Axis } from './axis.js';
import type { Chart, ChartSettings } from './chart.js';
import { chartView, type Point, type ShownSeries } from './chart-view.js';

/** In CSS pixels. */
export interface ChartSize {
  readonly width: number;
  readonly height: number;
}

/** Where the curves are drawn; the rest is for the marks of the axes. */
export const plotArea = ({ width, height }: ChartSize) => ({
  left: 52,
  right: width - 10,
  top: 8,
  bottom: height - 26,
});

type Places = readonly [
  across: (step: number) => number,
  up: (value: number) => number | undefined,
];

/** Between two marks of the horizontal axis, and between two of the vertical one. */
const [STEP_PIXELS, VALUE_PIXELS] = [64, 42];
/** Lines far outside the picture are drawn up to here: some browsers fail at larger numbers. */
const FAR = 20_000;

/** The place of a step in pixels from the left of the picture. */
export function stepToPixel(x: Axis, size: ChartSize, step: number): number {
  const { left, right } = plotArea(size);
  return left + (placeOn(x, step) ?? 0) * (right - left);
}

/** The step at a place of the picture; it need not be a whole number. */
export function pixelToStep(x: Axis, size: ChartSize, pixel: number): number {
  const { left, right } = plotArea(size);
  const share = Math.min(1, Math.max(0, (pixel - left) / (right - left)));
  return x.low + share * (x.high - x.low);
}

/** The picture. `label` says to those who cannot see it what it is. */
export function chartSvg(
  chart: Chart,
  settings: ChartSettings,
  size: ChartSize,
  label: string,
): Markup {
  const view = chartView(chart, settings);
  const { left, right, top, bottom } = plotArea(size);
  const places: Places = [
    (step) => stepToPixel(view.x, size, step),
    (value) => {
      const place = placeOn(view.y, value);
      return place === undefined
        ? undefined
        : Math.max(-FAR, Math.min(FAR, bottom - place * (bottom - top)));
    },
  ];
  const clip = `clip-${chart.id}`;
  return html`<svg role="img" aria-label="${label}" viewBox="0 0 ${size.width} ${size.height}">
<clipPath id="${clip}"><rect x="${left}" y="${top - 4}" width="${right - left + 4}"
height="${bottom - top + 8}"/></clipPath>
${valueMarks(view.y, size, places)}${stepMarks(view.x, size, places)}
<g clip-path="url(#${clip})">${view.series.map((one) => curve(one, places))}</g></svg>`;
}

function valueMarks(y: Axis, size: ChartSize, [, up]: Places): readonly Markup[] {
  const { left, right, top, bottom } = plotArea(size);
  return marksOf(y, Math.max(2, Math.floor((bottom - top) / VALUE_PIXELS))).map((value) => {
    const at = pixel(up(value) ?? 0);
    return html`<path class="grid" d="M${left} ${at}H${right}"/><text class="mark value"
x="${left - 6}" y="${at}" dy="0.32em">${shortNumber(value)}</text>`;
  });
}

function stepMarks(x: Axis, size: ChartSize, [across]: Places): readonly Markup[] {
  const { left, right, top, bottom } = plotArea(size);
  const marks = marksOf(x, Math.max(2, Math.floor((right - left) / STEP_PIXELS)));
  return marks.filter(Number.isInteger).map((step) => {
    const at = pixel(across(step));
    return html`<path class="grid" d="M${at} ${top}V${bottom}"/><text class="mark step"
x="${at}" y="${bottom + 17}">${shortNumber(step)}</text>`;
  });
}

function curve({ colour, dots, points, smooth }: ShownSeries, places: Places): Markup {
  const style = colour === undefined ? 'reference' : `series-${colour % 4}`;
  const drawn = dots ? points.map((point) => dot(point, style, places)) : undefined;
  const measured = `line ${style}${smooth === undefined ? '' : ' faint'}`;
  const over =
    smooth === undefined
      ? undefined
      : html`<path class="line ${style}" d="${pathOf(smooth, places)}"/>`;
  return html`<path class="${measured}" d="${pathOf(points, places)}"/>${over}${drawn}`;
}

function dot({ x, y }: Point, style: string, [across, up]: Places): Markup {
  const at = up(y);
  return at === undefined
    ? html``
    : html`<circle class="dot ${style}" cx="${pixel(across(x))}" cy="${pixel(at)}" r="3.5"/>`;
}

/** The line through the points; a point without a place interrupts it. */
function pathOf(points: readonly Point[], [across, up]: Places): string {
  let command = 'M';
  let path = '';
  for (const { x, y } of points) {
    const at = up(y);
    if (at === undefined) command = 'M';
    else {
      path += `${command}${pixel(across(x))} ${pixel(at)}`;
      command = 'L';
    }
  }
  return path;
}

const pixel = (value: number): number => Math.round(10 * value) / 10;
