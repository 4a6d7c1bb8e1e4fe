// All charts of the page under one set of settings, with one step that all of them point at.
import { DEFAULT_SETTINGS, type Chart, type ChartSettings } from '../src/chart/chart.js';
import { chartFigures } from '../src/chart/chart-figures.js';
import { wholeRange } from '../src/chart/chart-view.js';
import { movedRange, type Move } from '../src/chart/range.js';
import { ChartFigure } from './chart-figure.js';

export class ChartBoard {
  readonly #place: HTMLElement;
  #figures: readonly ChartFigure[] = [];
  #charts: readonly Chart[] = [];
  #settings: ChartSettings = DEFAULT_SETTINGS;
  #step: number | undefined;
  #waiting = 0;
  /** Called after the charts or the settings have changed. */
  onChange: () => void = () => undefined;

  constructor(place: HTMLElement) {
    this.#place = place;
    addEventListener('resize', () => this.#drawSoon());
  }

  get charts(): readonly Chart[] {
    return this.#charts;
  }

  get settings(): ChartSettings {
    return this.#settings;
  }

  /** Shows these charts in place of the last ones; what the reader chose stays. */
  show(charts: readonly Chart[]): void {
    const isOther = charts.map(({ id }) => id).join() !== this.#charts.map(({ id }) => id).join();
    this.#charts = charts;
    if (isOther || this.#figures.length === 0) this.#build();
    this.#drawSoon();
  }

  set(settings: Partial<ChartSettings>): void {
    this.#settings = { ...this.#settings, ...settings };
    this.#drawSoon();
  }

  /** All charts show their values at this step; undefined: the last ones. */
  pointAt(step: number | undefined): void {
    this.#step = step;
    for (const figure of this.#figures) figure.point(step);
  }

  /** Zooms or moves along the steps, around the step pointed at. */
  move(move: Move): void {
    const [first] = this.#charts;
    if (first !== undefined)
      this.set({ range: movedRange(wholeRange(first), this.#settings.range, move, this.#step) });
  }

  #build(): void {
    // the text comes from templates that escape every value
    this.#place.innerHTML = chartFigures(this.#charts).text;
    const elements = [...this.#place.querySelectorAll<HTMLElement>('figure')];
    this.#figures = elements.map((element) => new ChartFigure(element, this));
  }

  /** Once a frame at most, however often something changes. */
  #drawSoon(): void {
    cancelAnimationFrame(this.#waiting);
    this.#waiting = requestAnimationFrame(() => {
      for (const [i, figure] of this.#figures.entries()) {
        const chart = this.#charts[i];
        if (chart !== undefined) figure.draw(chart, this.#settings);
        figure.point(this.#step);
      }
      this.onChange();
    });
  }
}
