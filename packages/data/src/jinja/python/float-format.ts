// A float in the formats e, f, g and % of Python, and in that of repr with a precision. Only the
// magnitude: the caller writes the sign.
import type { Run } from '../values/run.js';
import { exponentText, floatRepr, notFinite } from './floats.js';
import { fixedText, significant } from './decimals.js';

export interface FloatFormat {
  readonly type: 'e' | 'f' | 'g' | 'r';
  readonly precision: number;
  /** Keep the point, and zeros of `g`. */
  readonly alternate: boolean;
  /** Write `.0` behind a whole number: a float that is formatted without a type. */
  readonly asFloat: boolean;
}

/** Digits before the point, and point, digits and exponent behind it. */
export interface FloatText {
  readonly whole: string;
  readonly rest: string;
}

/** `magnitude` is not negative. */
export function formatFloat(run: Run, magnitude: number, format: FloatFormat): FloatText {
  if (!Number.isFinite(magnitude)) return { whole: notFinite(magnitude), rest: '' };
  run.room(format.precision);
  // An exact float has at most 1,074 digits behind the point; all others are zeros.
  run.spend(8);
  switch (format.type) {
    case 'f':
      return splitPoint(fixed(magnitude, format.precision), format.alternate);
    case 'e':
      return exponential(magnitude, format.precision, format.alternate);
    case 'g':
      return general(magnitude, format);
    case 'r':
      return shortest(magnitude, format.alternate);
  }
}

const MOST_PLACES = 1_100;

function fixed(magnitude: number, places: number): string {
  if (places <= MOST_PLACES) return fixedText(magnitude, places);
  return fixedText(magnitude, MOST_PLACES) + '0'.repeat(places - MOST_PLACES);
}

function splitPoint(text: string, keepPoint: boolean): FloatText {
  const at = text.search(/[.e]/);
  if (at < 0) return { whole: text, rest: keepPoint ? '.' : '' };
  return { whole: text.slice(0, at), rest: text.slice(at) };
}

/** The digits of repr; the alternate form has a point before an exponent too. */
function shortest(magnitude: number, keepPoint: boolean): FloatText {
  const { whole, rest } = splitPoint(floatRepr(magnitude), false);
  return { whole, rest: keepPoint && rest.startsWith('e') ? `.${rest}` : rest };
}

/** More digits than a float has are zeros. */
function digitsOf(magnitude: number, count: number): ReturnType<typeof significant> {
  if (count <= MOST_PLACES) return significant(magnitude, count);
  const { digits, exponent } = significant(magnitude, MOST_PLACES);
  return { digits: digits.padEnd(count, '0'), exponent };
}

function exponential(magnitude: number, precision: number, keepPoint: boolean): FloatText {
  const { digits, exponent } = digitsOf(magnitude, precision + 1);
  const point = precision > 0 || keepPoint ? '.' : '';
  return {
    whole: digits.slice(0, 1),
    rest: `${point}${digits.slice(1)}e${exponentText(exponent)}`,
  };
}

function general(magnitude: number, { precision, alternate, asFloat }: FloatFormat): FloatText {
  const count = Math.max(precision, 1);
  const { digits, exponent } = digitsOf(magnitude, count);
  const kept = alternate ? digits : digits.replace(/0+$/, '') || '0';
  if (exponent < -4 || exponent >= count - (asFloat ? 1 : 0)) {
    const point = kept.length > 1 || alternate ? '.' : '';
    return { whole: kept.slice(0, 1), rest: `${point}${kept.slice(1)}e${exponentText(exponent)}` };
  }
  if (exponent < 0) return { whole: '0', rest: `.${'0'.repeat(-exponent - 1)}${kept}` };
  const whole = kept.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  const fraction = kept.slice(exponent + 1);
  if (fraction !== '') return { whole, rest: `.${fraction}` };
  if (asFloat) return { whole, rest: '.0' };
  return { whole, rest: alternate ? '.' : '' };
}
