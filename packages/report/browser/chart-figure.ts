// One chart in the page: its picture, its legend, and what the reader does with pointer and keys. A
// screen reader meets it as a slider along the steps, whose value is the legend in words.
import type { Chart, ChartSettings } from '../src/chart/chart.js';
import { chartHeight, chartLabel, chartNote } from '../src/chart/chart-figures.js';
import { chartSvg, pixelToStep, plotArea, stepToPixel } from '../src/chart/chart-svg.js';
import type { ChartSize } from '../src/chart/chart-svg.js';
import { isLogarithmic, wholeRange } from '../src/chart/chart-view.js';
import { legendMarkup, legendStep, legendText, nearestPoint } from '../src/chart/legend.js';
import { markedRange, type Move } from '../src/chart/range.js';
import type { Axis } from '../src/chart/axis.js';
import type { ChartBoard } from './chart-board.js';

/** Points that Page up and Page down go over, as a share of all. */
const PAGE_SHARE = 0.1;
const MOVES: Readonly<Record<string, Move>> = { '+': 'in', '=': 'in', '-': 'out', '0': 'whole' };

const found = <T extends Element>(parent: Element, selector: string): T => {
  const element = parent.querySelector<T>(selector);
  if (element === null) throw new Error(`no ${selector} in the figure`);
  return element;
};

export class ChartFigure {
  readonly #board: ChartBoard;
  readonly #plot: HTMLElement;
  readonly #picture = document.createElement('div');
  readonly #line = document.createElement('div');
  readonly #mark = document.createElement('div');
  readonly #legend: HTMLElement;
  readonly #unit: HTMLElement;
  #chart: Chart | undefined;
  #settings: ChartSettings | undefined;
  #size: ChartSize = { width: 0, height: 0 };
  #step: number | undefined;
  /** Where the reader began to drag. */
  #from: number | undefined;

  constructor(figure: HTMLElement, board: ChartBoard) {
    this.#board = board;
    this.#plot = found(figure, '.plot');
    this.#legend = found(figure, '.legend');
    this.#unit = found(figure, '.unit');
    this.#line.className = 'pointer';
    this.#mark.className = 'marked';
    this.#plot.replaceChildren(this.#picture, this.#mark, this.#line);
    this.#plot.tabIndex = 0;
    this.#plot.setAttribute('role', 'slider');
    this.#listen();
  }

  draw(chart: Chart, settings: ChartSettings): void {
    [this.#chart, this.#settings] = [chart, settings];
    this.#size = { width: Math.max(200, this.#plot.clientWidth), height: chartHeight(chart) };
    this.#unit.textContent = chartNote(chart, isLogarithmic(chart, settings));
    // the text comes from templates that escape every value
    this.#picture.innerHTML = chartSvg(chart, settings, this.#size, chartLabel(chart)).text;
    const [first, last] = wholeRange(chart);
    this.#plot.setAttribute('aria-label', `${chart.title} by step`);
    this.#plot.setAttribute('aria-valuemin', String(first));
    this.#plot.setAttribute('aria-valuemax', String(last));
  }

  /** Shows the values at this step; undefined: the last ones. */
  point(step: number | undefined): void {
    const [chart, settings] = [this.#chart, this.#settings];
    if (chart === undefined || settings === undefined) return;
    this.#step = step;
    const at = legendStep(chart, step);
    const pixel = at === undefined ? -1 : stepToPixel(this.#axis(), this.#size, at);
    const { left, right } = plotArea(this.#size);
    this.#line.hidden = step === undefined || pixel < left - 1 || pixel > right + 1;
    this.#line.style.left = `${pixel}px`;
    this.#legend.innerHTML = legendMarkup(chart, settings, step).text;
    this.#plot.setAttribute('aria-valuenow', String(at ?? 0));
    this.#plot.setAttribute('aria-valuetext', legendText(chart, settings, step));
  }

  #axis(): Axis {
    const [low, high] = this.#settings?.range ?? this.#whole();
    return { low, high, logarithmic: false };
  }

  #whole(): readonly [number, number] {
    return this.#chart === undefined ? [0, 1] : wholeRange(this.#chart);
  }

  #listen(): void {
    const plot = this.#plot;
    plot.addEventListener('pointermove', (event) => this.#moved(event));
    plot.addEventListener('pointerleave', () => this.#board.pointAt(undefined));
    plot.addEventListener('pointerdown', (event) => {
      if (event.button !== 0 || event.pointerType === 'touch') return;
      this.#from = this.#stepAt(event);
      plot.setPointerCapture(event.pointerId);
    });
    plot.addEventListener('pointerup', (event) => this.#dropped(event));
    plot.addEventListener('pointercancel', () => (this.#from = undefined));
    plot.addEventListener('dblclick', () => this.#board.move('whole'));
    plot.addEventListener('keydown', (event) => this.#pressed(event));
    plot.addEventListener('blur', () => this.#board.pointAt(undefined));
  }

  #stepAt({ clientX }: PointerEvent): number {
    const pixel = clientX - this.#plot.getBoundingClientRect().left;
    return pixelToStep(this.#axis(), this.#size, pixel);
  }

  #moved(event: PointerEvent): void {
    const step = this.#stepAt(event);
    this.#board.pointAt(step);
    this.#mark.hidden = this.#from === undefined;
    if (this.#from === undefined) return;
    const [one, other] = [this.#from, step].map((at) =>
      stepToPixel(this.#axis(), this.#size, at),
    ) as [number, number];
    this.#mark.style.left = `${Math.min(one, other)}px`;
    this.#mark.style.width = `${Math.abs(one - other)}px`;
  }

  #dropped(event: PointerEvent): void {
    const from = this.#from;
    this.#from = undefined;
    this.#mark.hidden = true;
    if (from === undefined) return;
    const range = markedRange(this.#whole(), from, this.#stepAt(event));
    if (range !== undefined) this.#board.set({ range });
  }

  #pressed(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const move = MOVES[event.key];
    const step = this.#stepAfter(event.key);
    if (move !== undefined) this.#board.move(move);
    else if (step !== undefined) this.#board.pointAt(step);
    else if (event.key === 'Escape') this.#board.pointAt(undefined);
    else return;
    event.preventDefault();
  }

  /** The step that a key leads to; undefined: it leads nowhere. */
  #stepAfter(key: string): number | undefined {
    const chart = this.#chart;
    if (chart === undefined) return undefined;
    const last = chart.x.length - 1;
    const here = this.#step === undefined ? last : (nearestPoint(chart, this.#step) ?? last);
    const page = Math.max(1, Math.round(PAGE_SHARE * last));
    const places: Readonly<Record<string, number>> = {
      ArrowLeft: here - 1,
      ArrowDown: here - 1,
      ArrowRight: here + 1,
      ArrowUp: here + 1,
      PageDown: here - page,
      PageUp: here + page,
      Home: 0,
      End: last,
    };
    const place = places[key];
    return place === undefined ? undefined : chart.x[Math.min(last, Math.max(0, place))];
  }
}
