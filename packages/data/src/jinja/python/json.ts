// json.dumps as Python writes it: floats by repr, ints of any size, any order of keys.
import { typeError } from '../failures/failure.js';
import type { Run } from '../values/run.js';
import { remade } from '../text/join.js';
import { textOperation } from '../text/operation.js';
import { read } from '../text/search.js';
import { isStr, type Str } from '../text/text.js';
import { Dict, type Entry } from '../values/dict.js';
import { Float, List, Tuple, type Value } from '../values/value.js';
import { floatRepr } from './floats.js';
import { intText } from '../values/ints.js';
import { intOf } from './numbers.js';
import { sorted } from './order.js';
import { mergedParts } from './strings.js';
import { typeName } from './type-names.js';

export interface JsonOptions {
  readonly ensureAscii: boolean;
  /** What one level is indented by; undefined writes one line. */
  readonly indent: string | undefined;
  readonly itemSeparator: Str;
  readonly keySeparator: Str;
  readonly sortKeys: boolean;
}

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\f': '\\f',
  '\b': '\\b',
};

const escaped = (character: string): string =>
  SHORT[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

const quoteJson = (text: string): string =>
  /["\\\u0000-\u001f]/.test(text)
    ? `"${text.replace(/["\\\u0000-\u001f]/g, escaped)}"`
    : `"${text}"`;

const quoteAscii = (text: string): string =>
  `"${text.replace(/["\\\u0000-\u001f]|[^\u0000-\u007f]/g, escaped)}"`;

const quoted = textOperation((text: Str): Str => remade(text, quoteJson));
const quotedAscii = textOperation((text: Str): Str => remade(text, quoteAscii));

/** Errors: TypeError for what JSON cannot say. */
export function dumps(run: Run, value: Value, options: JsonOptions): Str {
  const parts: Str[] = [];
  new JsonWriter(run, options, parts).write(value, '\n');
  return mergedParts(run, parts);
}

class JsonWriter {
  readonly #run: Run;
  readonly #options: JsonOptions;
  readonly #parts: Str[];
  readonly #quote: (run: Run, text: Str) => Str;

  constructor(run: Run, options: JsonOptions, parts: Str[]) {
    this.#run = run;
    this.#options = options;
    this.#parts = parts;
    this.#quote = options.ensureAscii ? quotedAscii : quoted;
  }

  /** `line` is a line end with the indentation of the value. */
  write(value: Value, line: string): void {
    if (isStr(value)) this.#parts.push(this.#quote(this.#run, value));
    else if (value instanceof List || value instanceof Tuple) this.#writeList(value, line);
    else if (value instanceof Dict) this.#writeDict(value, line);
    else this.#parts.push(scalarText(value));
  }

  #writeList({ items }: List | Tuple, line: string): void {
    this.#writeAll('[', items, ']', line, (item, inner) => this.write(item, inner));
  }

  #writeDict(dict: Dict, line: string): void {
    let entries: readonly Entry[] = [...dict.entries()];
    if (this.#options.sortKeys) entries = sorted(this.#run, entries, ({ key }) => key, false);
    this.#writeAll('{', entries, '}', line, ({ key, value }, inner) => {
      this.#parts.push(this.#quote(this.#run, keyText(key)), this.#options.keySeparator);
      this.write(value, inner);
    });
  }

  #writeAll<T>(
    open: string,
    items: readonly T[],
    close: string,
    line: string,
    writeItem: (item: T, line: string) => void,
  ): void {
    const { indent, itemSeparator } = this.#options;
    this.#parts.push(open);
    this.#run.items(items.length);
    this.#run.enter(LEVELS);
    const inner = indent === undefined ? '' : line + indent;
    this.#run.room(inner.length * items.length);
    for (const [i, item] of items.entries()) {
      if (i > 0) this.#parts.push(itemSeparator);
      this.#parts.push(inner);
      writeItem(item, inner);
    }
    this.#run.leave(LEVELS);
    if (items.length > 0 && indent !== undefined) this.#parts.push(line);
    this.#parts.push(close);
  }
}

const LEVELS = 6;

function scalarText(value: Exclude<Value, Str>): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'number' || typeof value === 'bigint') return intText(value);
  if (value instanceof Float) return jsonFloat(value.value);
  throw typeError(`Object of type ${typeName(value)} is not JSON serializable`);
}

function jsonFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  return floatRepr(value);
}

function keyText(key: Value): Str {
  if (isStr(key)) return key;
  if (key === null || typeof key !== 'object' || key instanceof Float) return scalarText(key);
  throw typeError(`keys must be str, int, float, bool or None, not ${typeName(key)}`);
}

/** The indentation that an argument asks for. Errors: TypeError. */
export function indentText(run: Run, indent: Value | undefined): string | undefined {
  if (indent === undefined || indent === null) return undefined;
  if (isStr(indent)) return read(run, indent);
  const width = intOf(indent);
  if (width === undefined)
    throw typeError(`can't multiply sequence by non-int of type '${typeName(indent)}'`);
  run.room(Number(width));
  return ' '.repeat(Math.max(0, Number(width)));
}
