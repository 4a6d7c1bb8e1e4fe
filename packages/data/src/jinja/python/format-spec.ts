// The format specification of str.format: `[[fill]align][sign][z][#][0][width][grouping]
// [.precision][type]`, and putting a text or the digits of a number in its width.
import { valueError } from '../failures/failure.js';
import type { Run } from '../values/run.js';
import { countPoints } from '../text/code-points.js';

export interface FormatSpec {
  readonly fill: string;
  readonly align: '<' | '>' | '=' | '^' | '';
  readonly sign: '+' | '-' | ' ' | '';
  readonly noNegativeZero: boolean;
  readonly alternate: boolean;
  readonly zero: boolean;
  readonly width: number;
  readonly grouping: ',' | '_' | '';
  readonly precision: number | undefined;
  readonly type: string;
}

const SPEC = new RegExp(
  String.raw`^(?:(?<fill>.)?(?<align>[<>=^]))?(?<sign>[-+ ])?(?<z>z)?(?<alternate>#)?(?<zero>0)?` +
    String.raw`(?<width>\d+)?(?<grouping>[,_])?(?:\.(?<precision>\d+))?(?<type>.)?$`,
  'su',
);

/** Errors: ValueError. `ofType` is the name of the type that is formatted. */
export function parseFormatSpec(text: string, ofType: string): FormatSpec {
  const groups = SPEC.exec(text)?.groups;
  if (groups === undefined)
    throw valueError(`Invalid format specifier '${text}' for object of type '${ofType}'`);
  const width = Number(groups['width'] ?? '0');
  const precision = groups['precision'] === undefined ? undefined : Number(groups['precision']);
  if (width > LARGEST || (precision ?? 0) > LARGEST)
    throw valueError('Too many decimal digits in format string');
  return {
    fill: groups['fill'] ?? (groups['zero'] === undefined ? ' ' : '0'),
    align: (groups['align'] ?? '') as FormatSpec['align'],
    sign: (groups['sign'] ?? '') as FormatSpec['sign'],
    noNegativeZero: groups['z'] !== undefined,
    alternate: groups['alternate'] !== undefined,
    zero: groups['zero'] !== undefined,
    width,
    grouping: (groups['grouping'] ?? '') as FormatSpec['grouping'],
    precision,
    type: groups['type'] ?? '',
  };
}

const LARGEST = 2 ** 31 - 1;

/** Sides of `text` that fill the width. */
export function paddingOf(
  run: Run,
  text: string,
  { width, fill, align }: FormatSpec,
  usual: '<' | '>',
): readonly [left: string, right: string] {
  run.room(width);
  const missing = Math.max(0, width - countPoints(text));
  const side = align === '' ? usual : align;
  if (side === '<') return ['', fill.repeat(missing)];
  if (side !== '^') return [fill.repeat(missing), ''];
  const left = missing >> 1;
  return [fill.repeat(left), fill.repeat(missing - left)];
}

/** The parts of a number as text. */
export interface NumberText {
  readonly sign: string;
  readonly prefix: string;
  readonly whole: string;
  /** Point, digits behind it and exponent. */
  readonly rest: string;
  /** Digits between separators. */
  readonly groupSize: number;
}

/** A number in its width, with separators and zeros where the specification has them. */
export function layOut(run: Run, number: NumberText, spec: FormatSpec): string {
  run.room(spec.width);
  const zeros = spec.zero && spec.align === '' ? { fill: '0', align: '=' as const } : spec;
  const { fill, align } = zeros;
  const head = number.sign + number.prefix;
  const around = head.length + number.rest.length;
  const fillsWithZeros = align === '=' && fill === '0';
  const whole = group(number, spec.grouping, fillsWithZeros ? spec.width - around : 0);
  if (align === '=') {
    const missing = Math.max(0, spec.width - around - whole.length);
    return head + fill.repeat(missing) + whole + number.rest;
  }
  const text = head + whole + number.rest;
  const [left, right] = paddingOf(run, text, spec, '>');
  return left + text + right;
}

/** Separators between groups of digits, zeros before them until they are `width` wide. */
function group({ whole, groupSize }: NumberText, separator: string, width: number): string {
  if (separator === '') return whole;
  // A group and its separator are one wider than the group; the first has no separator.
  const separators = Math.floor(width / (groupSize + 1));
  const leading = width % (groupSize + 1) === 0 ? 1 : 0;
  const digits = whole.padStart(width - separators + leading, '0');
  const first = digits.length % groupSize || groupSize;
  const groups = [digits.slice(0, first)];
  for (let at = first; at < digits.length; at += groupSize)
    groups.push(digits.slice(at, at + groupSize));
  return groups.join(separator);
}
