// Filters that give or take numbers.
import { PythonError, typeError, valueError } from '../failures/failure.js';
import { operate } from '../operators/operators.js';
import { calculate } from '../python/arithmetic.js';
import { fixedText, roundFloat } from '../python/decimals.js';
import { parseFloatText, notFinite } from '../python/floats.js';
import { asciiDigits, normalInt, parseIntText, roundInt, stripSpace } from '../values/ints.js';
import { intOf, sizeArgument, toFloat } from '../python/numbers.js';
import { isTrue } from '../python/truth.js';
import { typeName, undefinedError } from '../python/type-names.js';
import type { Run } from '../values/run.js';
import { question } from '../text/operation.js';
import { read } from '../text/search.js';
import { charactersOf, isStr, type Str } from '../text/text.js';
import { builtin, tableOf, type Bound } from '../values/builtin.js';
import { Undefined } from '../values/undefined.js';
import { Float, type Int, type Value } from '../values/value.js';

const intOfText = question((text: Str, base: number): Int | undefined => {
  try {
    return parseIntText(charactersOf(text), base);
  } catch (cause) {
    if (cause instanceof PythonError) return undefined;
    throw cause;
  }
});

const floatOfText = question((text: Str): number | undefined =>
  parseFloatText(asciiDigits(stripSpace(charactersOf(text)))),
);

/** `float(value)`; undefined where it is a TypeError or ValueError. */
function toFloatIfAny(run: Run, value: Value): number | undefined {
  if (value instanceof Undefined) throw undefinedError(value);
  if (isStr(value)) return floatOfText(run, value);
  if (value instanceof Float) return value.value;
  const int = intOf(value);
  return int === undefined ? undefined : toFloat(int);
}

/** A float without its fraction; undefined where it is not finite. */
function truncated(value: number): Int | undefined {
  return Number.isFinite(value) ? normalInt(BigInt(Math.trunc(value))) : undefined;
}

function toInt(run: Run, value: Value, [usual = 0, base = 10]: Bound): Value {
  if (value instanceof Float) {
    if (Math.abs(value.value) === Infinity)
      throw new PythonError('OverflowError', 'cannot convert float infinity to integer');
    return truncated(value.value) ?? usual;
  }
  const int = intOf(value);
  if (int !== undefined) return int;
  if (isStr(value)) {
    const radix = intOf(base);
    const parsed =
      radix !== undefined && (radix === 0 || (radix >= 2 && radix <= 36))
        ? intOfText(run, value, Number(radix))
        : undefined;
    if (parsed !== undefined) return parsed;
  }
  const float = toFloatIfAny(run, value);
  return (float === undefined ? undefined : truncated(float)) ?? usual;
}

function round(run: Run, value: Value, [precision = 0, method = 'common']: Bound): Value {
  const name = isStr(method) ? read(run, method) : '';
  if (!['common', 'ceil', 'floor'].includes(name))
    throw new PythonError('FilterArgumentError', 'method must be common, ceil or floor');
  if (name === 'common') return roundCommon(value, precision);
  const factor = operate(run, '**', 10, precision);
  const scaled = operate(run, '*', value, factor);
  return operate(run, '/', roundAway(scaled, name === 'ceil' ? Math.ceil : Math.floor), factor);
}

function roundAway(value: Value, rounding: (number: number) => number): Int {
  const int = intOf(value);
  if (int !== undefined) return int;
  if (!(value instanceof Float)) throw typeError(`must be real number, not ${typeName(value)}`);
  if (!Number.isFinite(value.value))
    throw new PythonError(
      'OverflowError',
      `cannot convert float ${notFinite(value.value)} to integer`,
    );
  return normalInt(BigInt(rounding(value.value)));
}

function roundCommon(value: Value, precision: Value): Value {
  const int = intOf(value);
  if (int === undefined && !(value instanceof Float))
    throw typeError(`type ${typeName(value)} doesn't define __round__ method`);
  if (precision === null) return int ?? roundToInt(value as Float);
  const places = sizeArgument(precision);
  if (int === undefined) return new Float(checkedRound((value as Float).value, places));
  if (places >= 0) return int;
  return places < -5000 ? 0 : roundInt(int, -places);
}

function roundToInt({ value }: Float): Int {
  if (!Number.isFinite(value)) throw valueError('cannot convert float to integer');
  return normalInt(BigInt(roundFloat(value, 0)));
}

function checkedRound(value: number, places: number): number {
  const rounded = roundFloat(value, places);
  if (Number.isFinite(value) && !Number.isFinite(rounded))
    throw new PythonError('OverflowError', 'rounded value too large to represent');
  return rounded;
}

function fileSize(run: Run, value: Value, [binary]: Bound): Value {
  const bytes = toFloatIfAny(run, value);
  if (bytes === undefined) throw typeError('could not convert to float');
  const isBinary = binary !== undefined && isTrue(run, binary);
  const base = isBinary ? 1024 : 1000;
  if (bytes === 1) return '1 Byte';
  if (bytes < base) {
    const whole = truncated(bytes);
    if (whole === undefined)
      throw new PythonError('OverflowError', 'cannot convert float infinity');
    return `${whole} Bytes`;
  }
  if (Number.isNaN(bytes)) return `nan ${isBinary ? 'YiB' : 'YB'}`;
  const letters = isBinary ? 'KMGTPEZY' : 'kMGTPEZY';
  let unit = base;
  for (const letter of letters) {
    unit *= base;
    if (bytes < unit || letter === 'Y') {
      const size = (base * bytes) / unit;
      const shown = Number.isFinite(size) ? fixedText(size, 1) : 'inf';
      return `${shown} ${letter}${isBinary ? 'iB' : 'B'}`;
    }
  }
  return '';
}

function absolute(value: Value): Value {
  if (value instanceof Float) return new Float(Math.abs(value.value));
  const int = intOf(value);
  if (value instanceof Undefined) throw undefinedError(value);
  if (int === undefined) throw typeError(`bad operand type for abs(): '${typeName(value)}'`);
  return int < 0 ? (calculate('-', 0, int) ?? int) : int;
}

export const numberFilters = tableOf<Value>(
  builtin('abs', '/', (_run, value) => absolute(value)),
  builtin('int', 'default? base?', toInt),
  builtin('float', 'default?', (run, value, [usual = new Float(0)]) => {
    const float = toFloatIfAny(run, value);
    return float === undefined ? usual : new Float(float);
  }),
  builtin('round', 'precision? method?', round),
  builtin('filesizeformat', 'binary?', fileSize),
);
