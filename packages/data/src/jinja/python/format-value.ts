// format(value, specification) of texts, ints, floats and everything else.
import { PythonError, typeError, valueError } from '../failures/failure.js';
import type { Run } from '../values/run.js';
import { concat } from '../text/join.js';
import { lengthOf } from '../text/search.js';
import { slice } from '../text/slice.js';
import { isStr, type Str } from '../text/text.js';
import { Float, type Int, type Value } from '../values/value.js';
import { formatFloat, type FloatFormat } from './float-format.js';
import { layOut, paddingOf, parseFormatSpec, type FormatSpec } from './format-spec.js';
import { intText } from '../values/ints.js';
import { intOf, toFloat } from './numbers.js';
import { toStr } from './strings.js';
import { typeName } from './type-names.js';

/** Errors: ValueError, TypeError. */
export function formatValue(run: Run, value: Value, specification: string): Str {
  if (specification === '') return toStr(run, value);
  const type = typeName(value);
  if (isStr(value)) return formatText(run, value, parseFormatSpec(specification, type));
  const int = intOf(value);
  if (int !== undefined) return formatInt(run, int, parseFormatSpec(specification, type));
  if (value instanceof Float)
    return formatReal(run, value.value, parseFormatSpec(specification, type), type);
  throw typeError(`unsupported format string passed to ${type}.__format__`);
}

function formatText(run: Run, text: Str, spec: FormatSpec): Str {
  if (spec.type !== '' && spec.type !== 's') throw unknownCode(spec.type, 'str');
  if (spec.sign !== '') throw valueError('Sign not allowed in string format specifier');
  if (spec.noNegativeZero)
    throw valueError('Negative zero coercion (z) not allowed in string format specifier');
  if (spec.alternate) throw valueError('Alternate form (#) not allowed in string format specifier');
  if (spec.align === '=') throw valueError("'=' alignment not allowed in string format specifier");
  if (spec.grouping !== '') throw valueError(`Cannot specify '${spec.grouping}' with 's'.`);
  const shown =
    spec.precision === undefined ? text : slice(run, text, undefined, spec.precision, 1);
  const stand = '.'.repeat(Math.min(lengthOf(run, shown), spec.width));
  const [left, right] = paddingOf(run, stand, spec, '<');
  return concat(run, [left, shown, right]);
}

function unknownCode(code: string, type: string): PythonError {
  return valueError(`Unknown format code '${code}' for object of type '${type}'`);
}

const RADIXES: Readonly<Record<string, number>> = { b: 2, o: 8, x: 16, X: 16 };

function formatInt(run: Run, value: Int, spec: FormatSpec): string {
  if (/^[eEfFgG%]$/.test(spec.type)) return formatReal(run, toFloat(value), spec, 'int');
  if (spec.precision !== undefined)
    throw valueError('Precision not allowed in integer format specifier');
  if (spec.noNegativeZero)
    throw valueError('Negative zero coercion (z) not allowed in integer format specifier');
  if (spec.type === 'c') return formatCode(run, value, spec);
  const radix = RADIXES[spec.type] ?? 10;
  if (radix === 10 && !['', 'd', 'n'].includes(spec.type)) throw unknownCode(spec.type, 'int');
  checkGrouping(spec, radix);
  const magnitude = value < 0 ? -BigInt(value) : value;
  const digits = radix === 10 ? intText(magnitude) : magnitude.toString(radix);
  const prefix = spec.alternate && radix !== 10 ? `0${spec.type}` : '';
  return layOut(
    run,
    {
      sign: signOf(value < 0, spec),
      prefix,
      whole: spec.type === 'X' ? digits.toUpperCase() : digits,
      rest: '',
      groupSize: radix === 10 ? 3 : 4,
    },
    spec,
  );
}

function checkGrouping({ grouping, type }: FormatSpec, radix: number): void {
  if ((grouping === ',' && radix !== 10) || (grouping !== '' && type === 'n'))
    throw valueError(`Cannot specify '${grouping}' with '${type}'.`);
}

function formatCode(run: Run, value: Int, spec: FormatSpec): string {
  if (spec.sign !== '' || spec.alternate || spec.grouping !== '')
    throw valueError(
      "Sign, alternate form or grouping not allowed with integer format specifier 'c'",
    );
  if (value < 0 || value > 0x10ffff)
    throw new PythonError('OverflowError', '%c arg not in range(0x110000)');
  const whole = String.fromCodePoint(Number(value));
  return layOut(run, { sign: '', prefix: '', whole, rest: '', groupSize: 3 }, spec);
}

function signOf(negative: boolean, { sign }: FormatSpec): string {
  if (negative) return '-';
  return sign === '-' ? '' : sign;
}

/** The format of a float; `%` is `f` of a hundred times the value. */
function floatFormatOf(spec: FormatSpec): FloatFormat {
  const { alternate, precision } = spec;
  const letter = spec.type.toLowerCase();
  if (letter === '') {
    const type = precision === undefined ? 'r' : 'g';
    return { type, precision: precision ?? 0, alternate, asFloat: true };
  }
  const type = letter === 'e' || letter === 'g' || letter === 'n' ? letter : 'f';
  return {
    type: type === 'n' ? 'g' : type,
    precision: precision ?? 6,
    alternate,
    asFloat: false,
  };
}

function formatReal(run: Run, value: number, spec: FormatSpec, type: string): string {
  if (spec.type !== '' && !/^[eEfFgGn%]$/.test(spec.type)) throw unknownCode(spec.type, type);
  if (spec.grouping !== '' && spec.type === 'n')
    throw valueError(`Cannot specify '${spec.grouping}' with 'n'.`);
  const scaled = spec.type === '%' ? value * 100 : value;
  const text = formatFloat(run, Math.abs(scaled), floatFormatOf(spec));
  const isZero = !/[1-9a-z]/i.test(text.whole + text.rest.split('e')[0]);
  const negative = (scaled < 0 || Object.is(scaled, -0)) && !(spec.noNegativeZero && isZero);
  const upper = /[EFG]/.test(spec.type);
  const [whole, rest] = [text.whole, text.rest + (spec.type === '%' ? '%' : '')].map((part) =>
    upper ? part.toUpperCase() : part,
  );
  return layOut(
    run,
    {
      sign: signOf(negative, spec),
      prefix: '',
      whole: whole ?? '',
      rest: rest ?? '',
      groupSize: 3,
    },
    spec,
  );
}
