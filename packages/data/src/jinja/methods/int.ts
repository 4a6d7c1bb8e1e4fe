// Methods of int, and of bool.
import { bitLength } from '../values/ints.js';
import { builtin, tableOf } from '../values/builtin.js';
import { Tuple, type Int } from '../values/value.js';

function onesOf(value: Int): number {
  const magnitude = value < 0 ? -BigInt(value) : BigInt(value);
  return magnitude.toString(2).replaceAll('0', '').length;
}

export const intMethods = tableOf<Int>(
  builtin('bit_length', '/', (_run, value) => bitLength(value)),
  builtin('bit_count', '/', (_run, value) => onesOf(value)),
  builtin('conjugate', '/', (_run, value) => value),
  builtin('as_integer_ratio', '/', (_run, value) => new Tuple([value, 1])),
);
