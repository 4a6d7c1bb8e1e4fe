// Python's int: exact at any size. A number holds it while it is safe, a bigint beyond.
import { TemplateLimitError, valueError } from '../failures/failure.js';
import { MOST_BITS, MOST_DIGITS } from '../failures/limits.js';
import { isSpace } from '../text/white-space.js';
import type { Int } from './value.js';

/** As small as it can be held. */
export function normalInt(value: bigint): Int {
  return value >= SMALLEST && value <= LARGEST ? Number(value) : value;
}

const LARGEST = BigInt(Number.MAX_SAFE_INTEGER);
const SMALLEST = -LARGEST;

/** A whole JavaScript number as an int. */
export function intOfNumber(value: number): Int {
  return Number.isSafeInteger(value) ? value + 0 : normalInt(BigInt(value));
}

/** `str(value)`. Errors: ValueError beyond the digits that Python prints. */
export function intText(value: Int): string {
  const text = String(value);
  if (text.length > MOST_DIGITS && text.replace('-', '').length > MOST_DIGITS)
    throw valueError('Exceeds the limit (4300 digits) for integer string conversion');
  return text;
}

/** Bits of the magnitude. */
export function bitLength(value: Int): number {
  const magnitude = value < 0 ? -BigInt(value) : BigInt(value);
  if (magnitude === 0n) return 0;
  const hex = magnitude.toString(16);
  return (hex.length - 1) * 4 + (32 - Math.clz32(parseInt(hex[0] ?? '0', 16)));
}

/** Refuses a result of more bits than any template needs, before it is computed. */
export function checkBits(bits: number): void {
  if (bits > MOST_BITS) throw new TemplateLimitError(`it makes a number of ${bits} bits`);
}

const PREFIXES: Readonly<Record<string, number>> = { '0x': 16, '0o': 8, '0b': 2 };

/**
 * `int(text, base)`; undefined where it is a ValueError. A base of 0 takes that of the prefix, and
 * refuses other numbers with leading zeros.
 */
export function parseIntText(text: string, base: number): Int | undefined {
  const [sign, body] = splitSign(asciiDigits(stripSpace(text)));
  const named = PREFIXES[body.slice(0, 2).toLowerCase()];
  const prefixed = named !== undefined && (base === named || base === 0);
  const radix = base === 0 ? (named ?? 10) : base;
  const digits = prefixed ? body.slice(2).replace(/^_/, '') : body;
  if (!/^[0-9a-z]+(?:_[0-9a-z]+)*$/i.test(digits)) return undefined;
  const bare = digits.replaceAll('_', '').toLowerCase();
  if (base === 0 && !prefixed && /^0+[1-9]/.test(bare)) return undefined;
  if ((radix & (radix - 1)) !== 0 && bare.length > MOST_DIGITS)
    throw valueError('Exceeds the limit (4300 digits) for integer string conversion');
  checkBits(Math.floor(bare.length * Math.log2(radix)));
  const value = digitsValue(bare, radix);
  return value === undefined ? undefined : normalInt(sign * value);
}

function splitSign(text: string): [sign: bigint, body: string] {
  if (text.startsWith('-')) return [-1n, text.slice(1)];
  return [1n, text.startsWith('+') ? text.slice(1) : text];
}

function digitsValue(digits: string, radix: number): bigint | undefined {
  for (const digit of digits) if (!(parseInt(digit, 36) < radix)) return undefined;
  if (radix === 10) return BigInt(digits);
  const prefix = Object.keys(PREFIXES).find((name) => PREFIXES[name] === radix);
  if (prefix !== undefined) return BigInt(prefix + digits);
  let value = 0n;
  for (const digit of digits) value = value * BigInt(radix) + BigInt(parseInt(digit, 36));
  return value;
}

/** Without Python's white space at both ends. */
export function stripSpace(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && isSpace(text.charCodeAt(from))) from++;
  while (to > from && isSpace(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

/** With the decimal digits of all scripts as those of ASCII. */
export function asciiDigits(text: string): string {
  return text.replace(/(?![0-9])\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0) ?? 0;
    let first = code;
    while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first--;
    return String((code - first) % 10);
  });
}

/** Rounds to a multiple of 10 ** places, halves to the even one. */
export function roundInt(value: Int, places: number): Int {
  const unit = 10n ** BigInt(places);
  const whole = BigInt(value);
  const remainder = ((whole % unit) + unit) % unit;
  const below = whole - remainder;
  const twice = remainder * 2n;
  const up = twice > unit || (twice === unit && (below / unit) % 2n !== 0n);
  return normalInt(up ? below + unit : below);
}
