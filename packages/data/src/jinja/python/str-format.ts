// str.format: fields by position or name, with attributes, items, conversions and specifications.
// Written as Python's string.Formatter does it, which is what the sandbox uses.
import { PythonError, valueError } from '../failures/failure.js';
import type { Run } from '../values/run.js';
import { read } from '../text/search.js';
import { type Str } from '../text/text.js';
import type { Named, Value } from '../values/value.js';
import { ascii, repr, toStr } from './strings.js';

/** How fields are looked into and written. */
export interface FieldAccess {
  readonly attribute: (object: Value, name: string) => Value;
  readonly item: (object: Value, key: string | number) => Value;
  readonly write: (value: Value, specification: string) => Str;
}

interface Field {
  readonly literal: string;
  /** Undefined behind the last field. */
  readonly name: string | undefined;
  readonly conversion: string | undefined;
  readonly specification: string;
}

/** Numbers fields without a name; a format uses either these or numbers. */
class Numbering {
  #next = 0;
  #mode: 'none' | 'automatic' | 'manual' = 'none';

  nameOf(name: string): string {
    if (name !== '' && !/^\d+$/.test(name)) return name;
    const mode = name === '' ? 'automatic' : 'manual';
    if (this.#mode !== 'none' && this.#mode !== mode)
      throw valueError('cannot switch between manual field specification and automatic numbering');
    this.#mode = mode;
    return name === '' ? String(this.#next++) : name;
  }
}

/** The parts of the formatted text. Errors: ValueError, IndexError, KeyError, TypeError. */
export function strFormat(
  run: Run,
  format: Str,
  args: readonly Value[],
  named: Named,
  access: FieldAccess,
): Str[] {
  const numbering = new Numbering();
  const write = (text: string, depth: number): Str[] => {
    if (depth < 0) throw valueError('Max string recursion exceeded');
    const parts: Str[] = [];
    for (const { literal, name, conversion, specification } of parseFields(text)) {
      parts.push(literal);
      if (name === undefined) continue;
      const value = converted(
        run,
        fieldOf(numbering.nameOf(name), args, named, access),
        conversion,
      );
      const inner = write(specification, depth - 1).map((part) => read(run, part));
      parts.push(access.write(value, inner.join('')));
    }
    return parts;
  };
  return write(read(run, format), 2);
}

function* parseFields(text: string): Generator<Field> {
  let at = 0;
  let literal = '';
  while (at < text.length) {
    const open = text.slice(at).search(/[{}]/);
    if (open < 0) break;
    literal += text.slice(at, at + open);
    at += open;
    if (text[at + 1] === text[at]) {
      literal += text[at];
      at += 2;
      continue;
    }
    if (text[at] === '}') throw valueError("Single '}' encountered in format string");
    const end = endOfField(text, at + 1);
    yield { literal, ...parseField(text.slice(at + 1, end)) };
    literal = '';
    at = end + 1;
  }
  yield {
    literal: literal + text.slice(at),
    name: undefined,
    conversion: undefined,
    specification: '',
  };
}

/** Where the bracket of a field closes. */
function endOfField(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '{') depth++;
    else if (text[at] === '}' && --depth === 0) return at;
    else if (text[at] === '[' && depth === 1) {
      const close = text.indexOf(']', at);
      if (close >= 0 && !/[:!]/.test(text.slice(from, at))) at = close;
    }
  }
  throw valueError(
    from === text.length
      ? "Single '{' encountered in format string"
      : "expected '}' before end of string",
  );
}

function parseField(field: string): Omit<Field, 'literal'> {
  const name = /^(?:[^[:!{]|\[[^\]]*\]?)*/.exec(field)?.[0] ?? '';
  const rest = field.slice(name.length);
  if (rest.startsWith('{')) throw valueError("unexpected '{' in field name");
  if (rest === '') return { name, conversion: undefined, specification: '' };
  if (rest.startsWith(':')) return { name, conversion: undefined, specification: rest.slice(1) };
  const conversion = /^!(.)(?::(.*))?$/su.exec(rest);
  if (conversion === null) throw valueError("expected ':' after conversion specifier");
  return { name, conversion: conversion[1], specification: conversion[2] ?? '' };
}

function converted(run: Run, value: Value, conversion: string | undefined): Value {
  switch (conversion) {
    case undefined:
      return value;
    case 's':
      return toStr(run, value);
    case 'r':
      return repr(run, value);
    case 'a':
      return ascii(run, value);
  }
  throw valueError(`Unknown conversion specifier ${conversion}`);
}

function fieldOf(name: string, args: readonly Value[], named: Named, access: FieldAccess): Value {
  const first = /^[^.[]*/.exec(name)?.[0] ?? '';
  let value = /^\d+$/.test(first) ? args[Number(first)] : named.get(first);
  if (value === undefined)
    throw /^\d+$/.test(first)
      ? new PythonError('IndexError', `Replacement index ${first} out of range`)
      : new PythonError('KeyError', `'${first}'`);
  let rest = name.slice(first.length);
  while (rest !== '') {
    const step = /^(?:\.([^.[]*)|\[([^\]]*)\])/.exec(rest);
    if (step === null) throw valueError("Only '.' or '[' may follow ']' in format field specifier");
    const [whole, attribute, item = ''] = step;
    if ((attribute ?? item) === '') throw valueError('Empty attribute in format string');
    if (attribute !== undefined) value = access.attribute(value, attribute);
    else value = access.item(value, /^\d+$/.test(item) ? Number(item) : item);
    rest = rest.slice(whole.length);
  }
  return value;
}
