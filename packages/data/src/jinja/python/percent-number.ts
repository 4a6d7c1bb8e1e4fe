// Numbers in printf-like formatting: the conversions d, i, u, o, x, e, f and g.
import { typeError, valueError } from '../failures/failure.js';
import type { Run } from '../values/run.js';
import { Float, type Int, type Value } from '../values/value.js';
import { formatFloat } from './float-format.js';
import { intText, normalInt } from '../values/ints.js';
import { intOf, toFloat } from './numbers.js';
import { typeName } from './type-names.js';

/** A number: its sign, with the prefix of its radix, and its digits. */
export interface SignedText {
  readonly sign: string;
  readonly digits: string;
}

/** Errors: TypeError, OverflowError. */
export function numberText(
  run: Run,
  conversion: string,
  value: Value,
  precision: number | undefined,
  flags: ReadonlySet<string>,
): SignedText {
  const signOf = (negative: boolean): string => {
    if (negative) return '-';
    if (flags.has('+')) return '+';
    return flags.has(' ') ? ' ' : '';
  };
  if ('eEfFgG'.includes(conversion)) {
    const number = value instanceof Float ? value.value : floatArgument(value);
    const { whole, rest } = formatFloat(run, Math.abs(number), {
      type: conversion.toLowerCase() as 'e' | 'f' | 'g',
      precision: precision ?? 6,
      alternate: flags.has('#'),
      asFloat: false,
    });
    const digits = conversion < 'a' ? (whole + rest).toUpperCase() : whole + rest;
    return { sign: signOf(number < 0 || Object.is(number, -0)), digits };
  }
  const int = wholeArgument(conversion, value);
  const { prefix, digits } = radixText(conversion, int, flags.has('#'));
  return { sign: signOf(int < 0) + prefix, digits: digits.padStart(precision ?? 0, '0') };
}

function floatArgument(value: Value): number {
  const int = intOf(value);
  if (int === undefined) throw typeError(`must be real number, not ${typeName(value)}`);
  return toFloat(int);
}

function wholeArgument(conversion: string, value: Value): Int {
  const int = intOf(value);
  if (int !== undefined) return int;
  if (value instanceof Float && 'diu'.includes(conversion)) {
    if (!Number.isFinite(value.value)) throw valueError('cannot convert float to integer');
    return normalInt(BigInt(Math.trunc(value.value)));
  }
  throw typeError(`%${conversion} format: a real number is required, not ${typeName(value)}`);
}

function radixText(
  conversion: string,
  value: Int,
  alternate: boolean,
): { readonly prefix: string; readonly digits: string } {
  const magnitude = value < 0 ? -BigInt(value) : value;
  if ('diu'.includes(conversion)) return { prefix: '', digits: intText(magnitude) };
  const radix = conversion === 'o' ? 8 : 16;
  const digits = magnitude.toString(radix);
  const prefix = alternate ? `0${conversion}` : '';
  return { prefix, digits: conversion === 'X' ? digits.toUpperCase() : digits };
}
