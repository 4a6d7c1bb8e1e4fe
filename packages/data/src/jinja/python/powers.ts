// Powers of floats, rounded once from many digits. The C library that Python calls does nearly the
// same, `Math.pow` is more often one digit off.
import { bitLength } from '../values/ints.js';

/** Bits behind the point in fixed-point numbers. */
const BITS = 192n;
const ONE = 1n << BITS;
/** Exponents up to here are multiplied out. */
const LARGEST_WHOLE = 256;

/**
 * `base ** exponent` of finite numbers where it is real; what is not finite is left to JavaScript.
 */
export function powerOf(base: number, exponent: number): number {
  const near = base ** exponent;
  if (base === 0 || near === 0 || !Number.isFinite(base + exponent + near)) return near;
  if (Number.isInteger(exponent) && Math.abs(exponent) <= LARGEST_WHOLE)
    return wholePower(base, exponent);
  const magnitude = realPower(Math.abs(base), exponent);
  return near < 0 ? -magnitude : magnitude;
}

function wholePower(base: number, exponent: number): number {
  const size = Math.abs(exponent);
  const { mantissa, shift } = partsOf(Math.abs(base));
  const whole = mantissa ** BigInt(size);
  const power = BigInt(shift * size);
  const [numerator, denominator] = power < 0n ? [whole, 1n << -power] : [whole << power, 1n];
  const magnitude = exponent < 0 ? ratio(denominator, numerator) : ratio(numerator, denominator);
  return base < 0 && size % 2 === 1 ? -magnitude : magnitude;
}

/** `value` (positive) as mantissa * 2 ** shift. */
function partsOf(value: number): { readonly mantissa: bigint; readonly shift: number } {
  let [mantissa, shift] = [value, 0];
  for (; !Number.isInteger(mantissa); mantissa *= 2) shift--;
  return { mantissa: BigInt(mantissa), shift };
}

/** exp(exponent * ln(base)) in fixed point. */
function realPower(base: number, exponent: number): number {
  const { mantissa, shift } = partsOf(Math.abs(exponent));
  const product = logarithm(base) * mantissa;
  const scaled = shift < 0 ? product >> BigInt(-shift) : product << BigInt(shift);
  return exponential(exponent < 0 ? -scaled : scaled);
}

const LN_2 = seriesOfLogarithm(2n * ONE);

function logarithm(value: number): bigint {
  const { mantissa, shift } = partsOf(value);
  const bits = bitLength(mantissa) - 1;
  const between1And2 = (mantissa << BITS) >> BigInt(bits);
  return seriesOfLogarithm(between1And2) + LN_2 * BigInt(bits + shift);
}

/** ln of a number from 1 to 2: 2 artanh((x - 1) / (x + 1)). */
function seriesOfLogarithm(value: bigint): bigint {
  const ratioOf = ((value - ONE) << BITS) / (value + ONE);
  const square = (ratioOf * ratioOf) >> BITS;
  let [sum, power] = [0n, ratioOf];
  for (let odd = 1n; power !== 0n; odd += 2n) {
    sum += power / odd;
    power = (power * square) >> BITS;
  }
  return 2n * sum;
}

function exponential(value: bigint): number {
  let twos = value / LN_2;
  if (value < 0n) twos -= 1n;
  const rest = value - twos * LN_2;
  let [sum, term] = [0n, ONE];
  for (let n = 1n; term !== 0n; n++) {
    sum += term;
    term = ((term * rest) >> BITS) / n;
  }
  const shift = twos - BITS;
  return shift < 0n ? ratio(sum, 1n << -shift) : ratio(sum << shift, 1n);
}

/** The float nearest to the quotient of two positive numbers. */
export function ratio(a: bigint, b: bigint): number {
  if (a === 0n) return 0;
  // 64 bits of quotient and a sticky bit round as the exact quotient does.
  const shift = 64 - (bitLength(a) - bitLength(b));
  const dividend = shift > 0 ? a << BigInt(shift) : a;
  const divisor = shift > 0 ? b : b << BigInt(-shift);
  const quotient = dividend / divisor;
  const sticky = dividend % divisor === 0n ? quotient : quotient | 1n;
  return scale(Number(sticky), -shift);
}

/** In two steps, so that neither factor is out of range. */
function scale(value: number, exponent: number): number {
  const half = Math.trunc(exponent / 2);
  return value * 2 ** half * 2 ** (exponent - half);
}
