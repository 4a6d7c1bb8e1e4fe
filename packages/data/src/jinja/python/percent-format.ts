// `text % values`: printf-like formatting.
import { PythonError, typeError, UnsupportedError, valueError } from '../failures/failure.js';
import type { Run } from '../values/run.js';
import { concat } from '../text/join.js';
import { lengthOf, read } from '../text/search.js';
import { slice } from '../text/slice.js';
import { isStr, type Str } from '../text/text.js';
import { Dict, hashOfText } from '../values/dict.js';
import { Undefined } from '../values/undefined.js';
import { List, Tuple, type Value } from '../values/value.js';
import { intOf } from './numbers.js';
import { numberText } from './percent-number.js';
import { ascii, repr, toStr } from './strings.js';
import { typeName } from './type-names.js';

interface Directive {
  readonly key: string | undefined;
  readonly flags: string;
  readonly width: string;
  readonly precision: string | undefined;
  readonly conversion: string;
}

const DIRECTIVE =
  /(?<flags>[-+ #0]*)(?<width>\*|\d*)(?:\.(?<precision>\*|\d*))?[hlL]?(?<conversion>.)?/suy;

/** Gives one value after the other to directives. */
class Values {
  readonly #values: Value;
  #used = 0;

  constructor(values: Value) {
    this.#values = values;
  }

  next(): Value {
    const values = this.#values;
    const all = values instanceof Tuple ? values.items : [values];
    const value = all[this.#used++];
    if (value === undefined) throw typeError('not enough arguments for format string');
    return value;
  }

  named(key: string): Value {
    if (!(this.#values instanceof Dict)) throw typeError('format requires a mapping');
    this.#used = 1;
    const value = this.#values.get(hashOfText(key));
    if (value === undefined) throw new PythonError('KeyError', `'${key}'`);
    return value;
  }

  /** Errors: TypeError where values are left over. What can be indexed may be. */
  finish(): void {
    const values = this.#values;
    const count = values instanceof Tuple ? values.items.length : 1;
    const mayBeLeft =
      values instanceof Dict ||
      values instanceof List ||
      values instanceof Undefined ||
      typeName(values) === 'range';
    if (!mayBeLeft && this.#used < count)
      throw typeError('not all arguments converted during string formatting');
  }
}

/** Writes a value: the caller may escape it. */
export interface ValueWriter {
  readonly str: (value: Value) => Str;
  readonly repr: (value: Value) => Str;
}

/** The parts of the formatted text. Errors: TypeError, ValueError, KeyError. */
export function percentFormat(
  run: Run,
  format: Str,
  values: Value,
  writer: ValueWriter = { str: (value) => toStr(run, value), repr: (value) => repr(run, value) },
): Str[] {
  const text = read(run, format);
  const given = new Values(values);
  const parts: Str[] = [];
  let from = 0;
  for (let at = text.indexOf('%'); at >= 0; at = text.indexOf('%', from)) {
    parts.push(text.slice(from, at));
    from = at + 2;
    if (text[at + 1] === '%') {
      parts.push('%');
      continue;
    }
    const { directive, end } = readDirective(text, at + 1);
    from = end;
    parts.push(write(run, directive, given, writer));
  }
  parts.push(text.slice(from));
  given.finish();
  return parts;
}

function readDirective(
  text: string,
  at: number,
): { readonly directive: Directive; readonly end: number } {
  const closed = text[at] === '(' ? closingBracket(text, at) : undefined;
  DIRECTIVE.lastIndex = closed === undefined ? at : closed + 1;
  const groups = DIRECTIVE.exec(text)?.groups as unknown as Omit<Directive, 'key'>;
  const key = closed === undefined ? undefined : text.slice(at + 1, closed);
  return { directive: { ...groups, key }, end: DIRECTIVE.lastIndex };
}

/** Errors: ValueError where there is none. */
function closingBracket(text: string, at: number): number {
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')' && --depth === 0) return i;
  }
  throw valueError('incomplete format key');
}

function write(run: Run, directive: Directive, given: Values, writer: ValueWriter): Str {
  const { key, conversion } = directive;
  if (conversion === undefined) throw valueError('incomplete format');
  const named = key === undefined ? undefined : given.named(key);
  const flags = new Set(directive.flags);
  let width = starred(directive.width, given) ?? 0;
  if (width < 0) {
    flags.add('-');
    width = -width;
  }
  const precision =
    directive.precision === undefined
      ? undefined
      : Math.max(0, starred(directive.precision || '0', given) ?? 0);
  if (!'diouxXeEfFgGcrsa'.includes(conversion))
    throw valueError(`unsupported format character '${conversion}'`);
  const value = named === undefined ? given.next() : named;
  run.room(Math.max(width, precision ?? 0));
  if ('rsa'.includes(conversion)) {
    const shown = textOf(run, conversion, value, writer);
    return pad(
      run,
      precision === undefined ? shown : slice(run, shown, undefined, precision, 1),
      width,
      flags,
    );
  }
  if (conversion === 'c') return pad(run, codeOf(run, value), width, flags);
  const { sign, digits } = numberText(run, conversion, value, precision, flags);
  return padNumber(sign, digits, width, flags);
}

function starred(text: string, given: Values): number | undefined {
  if (text !== '*') return text === '' ? undefined : bounded(Number(text));
  const value = intOf(given.next());
  if (value === undefined) throw typeError('* wants int');
  return bounded(Number(value));
}

function bounded(size: number): number {
  if (Math.abs(size) > 2 ** 31) throw valueError('width too big');
  return size;
}

function textOf(run: Run, conversion: string, value: Value, writer: ValueWriter): Str {
  if (conversion === 's') return writer.str(value);
  return conversion === 'r' ? writer.repr(value) : ascii(run, value);
}

function codeOf(run: Run, value: Value): Str {
  if (isStr(value)) {
    if (lengthOf(run, value) !== 1) throw typeError('%c requires int or char');
    return value;
  }
  const code = intOf(value);
  if (code === undefined) throw typeError('%c requires int or char');
  if (code < 0 || code > 0x10ffff)
    throw new PythonError('OverflowError', '%c arg not in range(0x110000)');
  if (code >= 0xd800 && code < 0xe000)
    throw new UnsupportedError('half a surrogate pair is not supported');
  return String.fromCodePoint(Number(code));
}

function pad(run: Run, text: Str, width: number, flags: ReadonlySet<string>): Str {
  if (width === 0) return text;
  const padding = ' '.repeat(Math.max(0, width - lengthOf(run, text)));
  return concat(run, flags.has('-') ? [text, padding] : [padding, text]);
}

function padNumber(
  sign: string,
  digits: string,
  width: number,
  flags: ReadonlySet<string>,
): string {
  const missing = Math.max(0, width - sign.length - digits.length);
  if (flags.has('-')) return sign + digits + ' '.repeat(missing);
  return flags.has('0') ? sign + '0'.repeat(missing) + digits : ' '.repeat(missing) + sign + digits;
}
