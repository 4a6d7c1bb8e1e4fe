// str(), repr() and ascii() of any value.
import type { Run } from '../values/run.js';
import { blend, concat, remade } from '../text/join.js';
import { textOperation } from '../text/operation.js';
import { charactersOf, isMarkup, isStr, withMarkup, type Str } from '../text/text.js';
import { Dict } from '../values/dict.js';
import { Undefined } from '../values/undefined.js';
import { Float, List, PythonObject, Tuple, type Value } from '../values/value.js';
import { floatRepr } from './floats.js';
import { intText } from '../values/ints.js';
import { escapeAscii, quote } from './quote.js';

/** One piece with what all its parts have in common. */
export const merged = textOperation((text: Str): Str => blend(charactersOf(text), text));

const quoted = textOperation((text: Str): Str => remade(text, quote));

const withoutMarkup = textOperation((text: Str): Str => withMarkup(text, false));

/** The same characters as Markup. */
export const asMarkup = textOperation((text: Str): Str => withMarkup(text, true));

const asciiOnly = textOperation((text: Str): Str => remade(text, escapeAscii));

/** `str(value)`. */
export function toStr(run: Run, value: Value): Str {
  if (typeof value === 'string') return value;
  if (isStr(value)) return value.markup ? withoutMarkup(run, value) : value;
  return value instanceof Undefined ? '' : repr(run, value);
}

/** `str(value)` where Markup stays what it is: markupsafe's `soft_str`. */
export function toSoftStr(run: Run, value: Value): Str {
  return isStr(value) ? value : toStr(run, value);
}

/** `repr(value)`. */
export function repr(run: Run, value: Value): Str {
  if (isStr(value)) {
    const text = quoted(run, value);
    return isMarkup(value) ? concat(run, ['Markup(', text, ')']) : text;
  }
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number' || typeof value === 'bigint') return intText(value);
  if (value === null) return 'None';
  if (value instanceof Float) return floatRepr(value.value);
  if (value instanceof Undefined) return 'Undefined';
  run.enter(LEVELS);
  const text = value instanceof PythonObject ? value.print(run) : containerRepr(run, value);
  run.leave(LEVELS);
  return text;
}

export function ascii(run: Run, value: Value): Str {
  return asciiOnly(run, repr(run, value));
}

const LEVELS = 6;

function containerRepr(run: Run, value: List | Tuple | Dict): Str {
  if (value instanceof Dict) return dictText(run, value);
  const [open, close] = value instanceof List ? ['[', ']'] : ['(', ')'];
  const comma = value instanceof Tuple && value.items.length === 1 ? ',' : '';
  return reprOfItems(run, open, value.items, comma + close);
}

/** Items with commas between brackets. */
export function reprOfItems(run: Run, open: string, items: readonly Value[], close: string): Str {
  run.items(items.length);
  const parts: Str[] = [open];
  for (const [i, item] of items.entries()) {
    if (i > 0) parts.push(', ');
    parts.push(repr(run, item));
  }
  parts.push(close);
  return mergedParts(run, parts);
}

/** `repr` of a dict. */
export function dictText(run: Run, dict: Dict): Str {
  run.items(dict.size);
  const parts: Str[] = [];
  for (const { key, value } of dict.entries()) {
    if (parts.length > 0) parts.push(', ');
    parts.push(repr(run, key), ': ', repr(run, value));
  }
  return mergedParts(run, ['{', ...parts, '}']);
}

/** Parts as one piece, counted as text. */
export function mergedParts(run: Run, parts: readonly Str[]): Str {
  let size = 0;
  for (const part of parts) size += typeof part === 'string' ? part.length : part.text.length;
  run.room(size);
  if (parts.every((part) => typeof part === 'string')) return parts.join('');
  return merged(run, concat(run, parts));
}
