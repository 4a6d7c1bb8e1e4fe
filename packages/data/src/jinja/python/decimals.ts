// The exact decimal digits of a float, rounded as Python rounds: to the nearest, and to the even
// digit where two are as near. `toFixed` rounds such a half up.

const buffer = new DataView(new ArrayBuffer(8));

/** `value` (finite, not negative) times 10 ** places, rounded to a whole number. */
export function scaledDigits(value: number, places: number): bigint {
  buffer.setFloat64(0, value);
  const bits = buffer.getBigUint64(0);
  const biased = Number(bits >> 52n);
  const fraction = bits & 0xfffffffffffffn;
  const mantissa = biased === 0 ? fraction : fraction | 0x10000000000000n;
  const exponent = Math.max(biased, 1) - 1075;
  let numerator = mantissa;
  let denominator = 1n;
  if (exponent > 0) numerator <<= BigInt(exponent);
  else denominator <<= BigInt(-exponent);
  if (places > 0) numerator *= 10n ** BigInt(places);
  else denominator *= 10n ** BigInt(-places);
  return divideHalfEven(numerator, denominator);
}

/** The quotient of two numbers that are not negative, halves to the even one. */
export function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const twice = (numerator % denominator) * 2n;
  const up = twice > denominator || (twice === denominator && quotient % 2n === 1n);
  return up ? quotient + 1n : quotient;
}

/** `value` with `places` digits behind the point. */
export function fixedText(value: number, places: number): string {
  const digits = scaledDigits(value, places)
    .toString()
    .padStart(places + 1, '0');
  if (places === 0) return digits;
  return `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

export interface Significant {
  /** One digit before the point, the others behind it. */
  readonly digits: string;
  readonly exponent: number;
}

/** The first `count` significant digits of `value`. */
export function significant(value: number, count: number): Significant {
  if (value === 0) return { digits: '0'.repeat(count), exponent: 0 };
  let exponent = Number(value.toExponential(20).split('e')[1]);
  let digits = scaledDigits(value, count - 1 - exponent).toString();
  if (digits.length > count) {
    exponent++;
    digits = scaledDigits(value, count - 1 - exponent).toString();
  }
  return { digits, exponent };
}

/** `round(value, places)` of a float. */
export function roundFloat(value: number, places: number): number {
  if (!Number.isFinite(value) || places > 323) return value;
  if (places < -308) return value * 0;
  const digits = scaledDigits(Math.abs(value), places);
  const rounded = Number(`${digits}e${-places}`);
  return value < 0 || Object.is(value, -0) ? -rounded : rounded;
}
