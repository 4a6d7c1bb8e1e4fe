// What a chart is: aligned columns of numbers by step, as plain data that the report writes into
// its page and the live page sends to the browser. Steps are counted from 1 here: x is how many
// steps were done.

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
  /** The axis begins at 0, unless it is logarithmic. */
  readonly fromZero: boolean;
  /** Whether the axis may be logarithmic; `preferred`: it is, unless the reader chooses. */
  readonly logarithmic: 'no' | 'possible' | 'preferred';
  /** Values jump from step to step: smoothing helps to see where they go. */
  readonly noisy: boolean;
  /** Steps that each point of the curve stands for. */
  readonly stepsPerPoint: number;
  readonly x: readonly number[];
  readonly series: readonly ChartSeries[];
}

/** What the reader chose; the same for all charts of a page. */
export interface ChartSettings {
  /** Undefined: as each chart prefers. */
  readonly logarithmic: boolean | undefined;
  /** Weight of what came before, from 0 (as measured) to below 1. */
  readonly smoothing: number;
  /** The first steps do not stretch the vertical axis. */
  readonly skipFirst: boolean;
  /** The steps that are shown; undefined: all. */
  readonly range: readonly [first: number, last: number] | undefined;
}

export const DEFAULT_SETTINGS: ChartSettings = {
  logarithmic: undefined,
  smoothing: 0,
  skipFirst: true,
  range: undefined,
};
