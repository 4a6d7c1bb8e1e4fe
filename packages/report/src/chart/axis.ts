// Axes: how values become places between 0 and 1, and where their marks are. Linear marks are round
// numbers, logarithmic ones are powers of ten, with 2 and 5 between them where there is room.
import { numberText } from '../format/units.js';

export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly logarithmic: boolean;
}

/** 0 at the low end of the axis, 1 at the high end; undefined where a logarithm has no place. */
export function placeOn({ low, high, logarithmic }: Axis, value: number): number | undefined {
  if (!logarithmic) return (value - low) / (high - low);
  if (value <= 0) return undefined;
  return Math.log(value / low) / Math.log(high / low);
}

/** The marks of the axis, about `count` of them when it is linear. */
export const marksOf = (axis: Axis, count: number): readonly number[] =>
  axis.logarithmic ? logarithmicMarks(axis) : linearMarks(axis, count);

function linearMarks({ low, high }: Axis, count: number): readonly number[] {
  const step = roundStep((high - low) / count);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // a product and not a sum, so that 0.1 + 0.2 is no mark
  return Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}

/** The next of 1, 2, 5, 10, 20, ... that is not below `least`. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5].find((one) => one * power >= least * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** From this many decades on only powers of ten are marked. */
const MANY_DECADES = 2.5;
/** Maximum number of powers of ten that are marked. */
const MAX_POWERS = 8;

function logarithmicMarks(axis: Axis): readonly number[] {
  const { low, high } = axis;
  const decades = Math.log10(high / low);
  const within = (value: number): boolean =>
    value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9);
  const factors = decades > MANY_DECADES ? [1] : [1, 2, 5];
  const every = Math.max(1, Math.ceil(decades / MAX_POWERS));
  const marks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high) + 1e-9; power++)
    if (power % every === 0)
      for (const factor of factors) marks.push(Number((factor * 10 ** power).toPrecision(12)));
  const shown = marks.filter(within);
  // a short axis may lie between two of them
  return shown.length >= 2 ? shown : linearMarks(axis, 4);
}

const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

/** A mark or a value in few characters: `0.25`, `1.0e-4`, `12.3K`. */
export function shortNumber(value: number): string {
  if (value === 0) return '0';
  if (Math.abs(value) < 1e-3) return value.toExponential(1).replace('.0e', 'e');
  if (Math.abs(value) >= 1e4) return COMPACT.format(value);
  return String(Number(numberText(value)));
}
