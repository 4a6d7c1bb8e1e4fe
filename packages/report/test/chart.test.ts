// The view of a chart without a browser: axes, smoothing, the scale without the first steps, ranges
// and the legend.
import { describe, expect, test } from 'vitest';
import { marksOf, placeOn, shortNumber } from '../src/chart/axis.js';
import { chartSvg, pixelToStep, stepToPixel } from '../src/chart/chart-svg.js';
import { chartView } from '../src/chart/chart-view.js';
import { DEFAULT_SETTINGS, type Chart } from '../src/chart/chart.js';
import { legendEntries, legendText, nearestPoint } from '../src/chart/legend.js';
import { markedRange, movedRange } from '../src/chart/range.js';
import { smoothed } from '../src/chart/smoothing.js';

const x = Array.from({ length: 100 }, (_, i) => i + 1);
/** Falls from 10 to about 1 in the first five steps, and slowly to 0.5. */
const falling = x.map((step) => (step <= 5 ? 12 - 2 * step : 1 - step / 200));
const chart: Chart = {
  id: 'loss',
  title: 'Loss',
  unit: 'nats per token',
  fromZero: false,
  logarithmic: 'possible',
  noisy: true,
  stepsPerPoint: 1,
  x,
  series: [
    { label: 'training', values: falling },
    { label: 'validation', values: x.map((step) => (step % 50 === 0 ? 2 : null)), dots: true },
    { label: 'goal', values: x.map(() => 0.75), reference: true },
  ],
};
const alone: Chart = { ...chart, series: chart.series.slice(0, 1) };
const heightOf = (settings: Partial<typeof DEFAULT_SETTINGS>, of = alone): number[] => {
  const { low, high } = chartView(of, { ...DEFAULT_SETTINGS, ...settings }).y;
  return [low, high].map((value) => Number(value.toPrecision(4)));
};

describe('axes', () => {
  test('linear marks are round numbers inside the axis', () => {
    const axis = { low: 0.03, high: 0.97, logarithmic: false };
    expect(marksOf(axis, 5)).toEqual([0.2, 0.4, 0.6, 0.8]);
    expect(marksOf({ low: 0, high: 750, logarithmic: false }, 8)).toEqual([
      0, 100, 200, 300, 400, 500, 600, 700,
    ]);
  });

  test('logarithmic marks are powers of ten, with 2 and 5 where there is room', () => {
    expect(marksOf({ low: 0.15, high: 12, logarithmic: true }, 5)).toEqual([0.2, 0.5, 1, 2, 5, 10]);
    expect(marksOf({ low: 1e-4, high: 1, logarithmic: true }, 5)).toEqual([
      1e-4, 1e-3, 0.01, 0.1, 1,
    ]);
    expect(marksOf({ low: 2.2, high: 4.4, logarithmic: true }, 5).length).toBeGreaterThan(1);
  });

  test('places are shares of the axis; a logarithm of zero has none', () => {
    const axis = { low: 0.1, high: 10, logarithmic: true };
    expect(placeOn(axis, 1)).toBeCloseTo(0.5, 12);
    expect(placeOn(axis, 0)).toBeUndefined();
    expect(placeOn({ low: -1, high: 3, logarithmic: false }, 0)).toBe(0.25);
  });

  test('numbers are short', () => {
    expect([0, 0.25, 1e-4, 12_345, 0.21304].map(shortNumber)).toEqual([
      '0',
      '0.25',
      '1e-4',
      '12.3K',
      '0.213',
    ]);
  });
});

describe('the scale', () => {
  test('the first tenth of the steps does not stretch it, unless the reader wants it', () => {
    expect(heightOf({})).toEqual([0.4733, 0.9717]);
    expect(heightOf({ skipFirst: false })).toEqual([-0.07, 10.57]);
  });

  test('a curve without steep first steps keeps all of them', () => {
    const level = { ...alone, series: [{ label: 'a', values: x.map((step) => step) }] };
    expect(heightOf({}, level)).toEqual(heightOf({ skipFirst: false }, level));
    const short = { ...alone, x: x.slice(0, 9), series: [{ label: 'a', values: falling }] };
    expect(heightOf({}, short)[1]).toBeGreaterThan(10);
  });

  test('inside a zoomed range only what is there counts', () => {
    const [low, high] = heightOf({ range: [1, 5] });
    expect([low, high]).toEqual([1.52, 10.48]);
  });

  test('is logarithmic as the chart prefers or the reader chooses, where it may be', () => {
    const kind = (logarithmic: Chart['logarithmic'], chosen: boolean | undefined): boolean =>
      chartView({ ...chart, logarithmic }, { ...DEFAULT_SETTINGS, logarithmic: chosen }).y
        .logarithmic;
    expect([kind('possible', undefined), kind('preferred', undefined)]).toEqual([false, true]);
    expect([kind('possible', true), kind('preferred', false)]).toEqual([true, false]);
    expect(kind('no', true)).toBe(false);
  });

  test('a zero on a logarithmic axis is a gap in the curve', () => {
    const withZero = { ...alone, x: [1, 2, 3], series: [{ label: 'a', values: [1, 0, 4] }] };
    const settings = { ...DEFAULT_SETTINGS, logarithmic: true };
    const { text } = chartSvg(withZero, settings, { width: 300, height: 200 }, 'a');
    expect(/class="line series-0" d="([^"]*)"/.exec(text)![1]!.match(/[ML]/g)).toEqual(['M', 'M']);
    expect(text).not.toMatch(/NaN|Infinity/);
  });
});

describe('smoothing', () => {
  test('is the corrected moving average, and gaps stay gaps', () => {
    // (0.5*1 + 2) / 1.5 and (0.25*1 + 0.5*2 + 6) / 1.75
    expect(smoothed([1, 2, null, 6], 0.5)).toEqual([1, 2.5 / 1.5, null, 7.25 / 1.75]);
    expect(smoothed([3, 1, null], 0)).toEqual([3, 1, null]);
  });

  test('is drawn over noisy curves only, not over validation and references', () => {
    const view = chartView(chart, { ...DEFAULT_SETTINGS, smoothing: 0.6 });
    expect(view.series.map(({ smooth }) => smooth !== undefined)).toEqual([true, false, false]);
    expect(chartView(chart, DEFAULT_SETTINGS).series[0]!.smooth).toBeUndefined();
  });
});

describe('the legend', () => {
  test('has the last values when nobody points, and never a value of later', () => {
    const values = (step?: number): unknown[] =>
      legendEntries(chart, DEFAULT_SETTINGS, step).map(({ value }) => value);
    expect(values()).toEqual([0.5, 2, 0.75]);
    expect(values(10)).toEqual([0.95, undefined, 0.75]);
    expect(values(60)).toEqual([0.7, 2, 0.75]);
    expect(legendText(chart, DEFAULT_SETTINGS, 10)).toBe(
      'step 10, training 0.95, validation none yet, goal 0.75',
    );
  });

  test('says the smoothed value too', () => {
    expect(legendText(alone, { ...DEFAULT_SETTINGS, smoothing: 0.5 }, 2)).toBe(
      'step 2, training 8 (smoothed 8.667)',
    );
  });

  test('finds the nearest point', () => {
    const points = { x: [1, 10, 20] };
    expect([-5, 5, 6, 15.1, 99].map((step) => nearestPoint(points, step))).toEqual([0, 0, 1, 2, 2]);
    expect(nearestPoint({ x: [] }, 1)).toBeUndefined();
  });
});

describe('ranges', () => {
  test('zooming in halves the range around the step pointed at, and out doubles it', () => {
    expect(movedRange([1, 101], undefined, 'in')).toEqual([26, 76]);
    expect(movedRange([1, 101], undefined, 'in', 1)).toEqual([1, 51]);
    expect(movedRange([1, 101], [26, 76], 'out')).toBeUndefined();
    expect(movedRange([1, 101], [1, 26], 'out')).toEqual([1, 51]);
    expect(movedRange([1, 101], [50, 52], 'in')).toEqual([50, 52]);
  });

  test('moving stays inside the run', () => {
    expect(movedRange([1, 101], [11, 51], 'earlier')).toEqual([1, 41]);
    expect(movedRange([1, 101], [61, 101], 'later')).toEqual([61, 101]);
    expect(movedRange([1, 101], undefined, 'later')).toBeUndefined();
    expect(movedRange([1, 101], [61, 101], 'whole')).toBeUndefined();
  });

  test('a mark in either direction is a range; a click is none', () => {
    expect(markedRange([1, 101], 40, 20)).toEqual([20, 40]);
    expect(markedRange([1, 101], 40, 40.5)).toBeUndefined();
  });

  test('pixels and steps lead back to each other', () => {
    const axis = { low: 20, high: 40, logarithmic: false };
    const size = { width: 500, height: 200 };
    expect(pixelToStep(axis, size, stepToPixel(axis, size, 33))).toBeCloseTo(33, 9);
    expect(pixelToStep(axis, size, -10)).toBe(20);
  });
});
