// Python's arithmetic on numbers: ints are exact, `//` and `%` round towards minus infinity, `/`
// gives a float.
import { PythonError, UnsupportedError } from '../failures/failure.js';
import { Float, type Int, type Value } from '../values/value.js';
import { bitLength, checkBits, normalInt } from '../values/ints.js';
import { intOf, toFloat } from './numbers.js';
import { powerOf, ratio } from './powers.js';

export type Operator = '+' | '-' | '*' | '/' | '//' | '%' | '**';

/** Both operands as ints, or both as floats. */
type Pair =
  | { readonly ints: readonly [Int, Int]; readonly floats?: undefined }
  | { readonly ints?: undefined; readonly floats: readonly [number, number] };

function pairOf(left: Value, right: Value): Pair | undefined {
  const [one, other] = [intOf(left), intOf(right)];
  if (one !== undefined && other !== undefined) return { ints: [one, other] };
  const isNumber = (value: Value, int: Int | undefined): boolean =>
    int !== undefined || value instanceof Float;
  if (!isNumber(left, one) || !isNumber(right, other)) return undefined;
  return { floats: [floatOf(left, one), floatOf(right, other)] };
}

function floatOf(value: Value, int: Int | undefined): number {
  return value instanceof Float ? value.value : toFloat(int ?? 0);
}

/** The result of an operator on two numbers; undefined where one of them is none. */
export function calculate(operator: Operator, left: Value, right: Value): Value | undefined {
  const pair = pairOf(left, right);
  if (pair === undefined) return undefined;
  if (pair.ints === undefined) return new Float(calculateFloats(operator, ...pair.floats));
  return calculateInts(operator, ...pair.ints);
}

function calculateInts(operator: Operator, one: Int, other: Int): Value {
  switch (operator) {
    case '+':
      return exact(
        one,
        other,
        (a, b) => a + b,
        (a, b) => a + b,
      );
    case '-':
      return exact(
        one,
        other,
        (a, b) => a - b,
        (a, b) => a - b,
      );
    case '*':
      return multiply(one, other);
    case '/':
      return new Float(divideInts(one, other));
    case '//':
      return exact(notZero(other) && one, other, (a, b) => Math.floor(a / b), floorDivide);
    case '%':
      return exact(notZero(other) && one, other, modulo, (a, b) => a - b * floorDivide(a, b));
    case '**':
      return powerOfInts(one, other);
  }
}

/** In numbers where operands and result are safe, else in bigints. */
function exact(
  one: Int,
  other: Int,
  small: (a: number, b: number) => number,
  large: (a: bigint, b: bigint) => bigint,
): Int {
  if (typeof one === 'number' && typeof other === 'number') {
    const result = small(one, other);
    if (Number.isSafeInteger(result)) return result + 0;
  }
  return normalInt(large(BigInt(one), BigInt(other)));
}

function multiply(one: Int, other: Int): Int {
  if (typeof one !== 'number' || typeof other !== 'number')
    checkBits(bitLength(one) + bitLength(other));
  return exact(
    one,
    other,
    (a, b) => a * b,
    (a, b) => a * b,
  );
}

function notZero(divisor: Int): true {
  if (divisor === 0) throw divisionByZero('integer division or modulo by zero');
  return true;
}

function divisionByZero(message: string): PythonError {
  return new PythonError('ZeroDivisionError', message);
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

function modulo(a: number, b: number): number {
  const remainder = a % b;
  return remainder !== 0 && remainder < 0 !== b < 0 ? remainder + b : remainder;
}

/** The float nearest to the quotient of two ints. */
function divideInts(one: Int, other: Int): number {
  if (other === 0) throw divisionByZero('division by zero');
  if (typeof one === 'number' && typeof other === 'number') return one / other;
  const negative = one < 0 !== other < 0;
  const [a, b] = [BigInt(one), BigInt(other)].map((value) => (value < 0n ? -value : value));
  const magnitude = ratio(a ?? 0n, b ?? 1n);
  if (!Number.isFinite(magnitude))
    throw new PythonError('OverflowError', 'integer division result too large for a float');
  return negative ? -magnitude : magnitude;
}

function powerOfInts(base: Int, exponent: Int): Value {
  if (exponent < 0) {
    if (base === 0) throw divisionByZero('0.0 cannot be raised to a negative power');
    return new Float(powerOfFloats(toFloat(base), toFloat(exponent)));
  }
  if (base === 0 || base === 1 || base === -1) {
    if (exponent === 0) return 1;
    return base === -1 && BigInt(exponent) % 2n === 0n ? 1 : base;
  }
  checkBits(Number(exponent) * (bitLength(base) - 1));
  return normalInt(BigInt(base) ** BigInt(exponent));
}

function calculateFloats(operator: Operator, one: number, other: number): number {
  switch (operator) {
    case '+':
      return one + other;
    case '-':
      return one - other;
    case '*':
      return one * other;
    case '/':
      if (other === 0) throw divisionByZero('float division by zero');
      return one / other;
    case '//':
      return floorDivideFloats(one, other);
    case '%':
      return moduloFloats(one, other);
    case '**':
      return powerOfFloats(one, other);
  }
}

function moduloFloats(one: number, other: number): number {
  if (other === 0) throw divisionByZero('float modulo');
  const remainder = one % other;
  if (remainder === 0) return other < 0 ? -0 : 0;
  return remainder < 0 !== other < 0 ? remainder + other : remainder;
}

function floorDivideFloats(one: number, other: number): number {
  if (other === 0) throw divisionByZero('float floor division by zero');
  const quotient = (one - moduloFloats(one, other)) / other;
  if (quotient === 0) return isNegative(one / other) ? -0 : 0;
  const floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

function isNegative(value: number): boolean {
  return value < 0 || Object.is(value, -0);
}

function powerOfFloats(base: number, exponent: number): number {
  if (base === 0 && exponent < 0) throw divisionByZero('0.0 cannot be raised to a negative power');
  if (base === 1 || exponent === 0) return 1;
  if (base === -1 && !Number.isFinite(exponent) && !Number.isNaN(exponent)) return 1;
  if (base < 0 && Number.isFinite(base) && Number.isFinite(exponent) && !Number.isInteger(exponent))
    throw new UnsupportedError('complex numbers are not supported');
  const result = powerOf(base, exponent);
  if (!Number.isFinite(result) && Number.isFinite(base) && Number.isFinite(exponent))
    throw new PythonError('OverflowError', "(34, 'Numerical result out of range')");
  return result;
}

/** `-value` and `+value` of a number; undefined where it is none. */
export function signed(operator: '+' | '-', value: Value): Value | undefined {
  if (value instanceof Float) return operator === '-' ? new Float(-value.value) : value;
  const int = intOf(value);
  if (int === undefined) return undefined;
  if (operator === '+') return int;
  return typeof int === 'number' ? 0 - int : normalInt(-int);
}
