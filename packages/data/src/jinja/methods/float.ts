// Methods of float.
import { PythonError, valueError } from '../failures/failure.js';
import { normalInt } from '../values/ints.js';
import { notFinite } from '../python/floats.js';
import { builtin, tableOf } from '../values/builtin.js';
import { Tuple, type Float } from '../values/value.js';

/** Numerator and denominator without common factors. */
function ratioOf(value: number): Tuple {
  if (Number.isNaN(value)) throw valueError('cannot convert NaN to integer ratio');
  if (!Number.isFinite(value))
    throw new PythonError('OverflowError', 'cannot convert Infinity to integer ratio');
  let [mantissa, shift] = [value, 0];
  for (; !Number.isInteger(mantissa); mantissa *= 2) shift++;
  return new Tuple([normalInt(BigInt(mantissa)), normalInt(1n << BigInt(shift))]);
}

/** `float.hex()`. */
function hexOf(value: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  let magnitude = Math.abs(value);
  if (magnitude === 0) return `${sign}0x0.0p+0`;
  let exponent = 0;
  while (magnitude >= 2) {
    magnitude /= 2;
    exponent++;
  }
  while (magnitude < 1 && exponent > -1022) {
    magnitude *= 2;
    exponent--;
  }
  const whole = Math.floor(magnitude);
  const digits = ((magnitude - whole) * 2 ** 52).toString(16).padStart(13, '0');
  return `${sign}0x${whole}.${digits}p${exponent < 0 ? '-' : '+'}${Math.abs(exponent)}`;
}

export const floatMethods = tableOf<Float>(
  builtin('is_integer', '/', (_run, { value }) => Number.isInteger(value)),
  builtin('conjugate', '/', (_run, float) => float),
  builtin('as_integer_ratio', '/', (_run, { value }) => ratioOf(value)),
  builtin('hex', '/', (_run, { value }) => hexOf(value)),
);
