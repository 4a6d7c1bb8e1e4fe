// JSON read without loss, as templates see it: a float that is whole is a `Float`, a whole number
// beyond 2^53 a bigint, and keys keep their order also where they look like numbers. JSON.parse
// does none of these, but is faster: it reads all texts that hold nothing of the kind.
import { AutomodelError, textPosition } from '@automodel/core';
import { DEEPEST_VALUE } from '../jinja/values/from-javascript.js';
import { normalInt } from '../jinja/values/ints.js';
import { Float } from '../jinja/values/value.js';
import { parseBounded } from './bounded-json.js';
import type { JsonObject } from './json-object.js';
import { objectOf } from './ordered-object.js';

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const CONTROL = /[\u0000-\u001f]/;
const WORDS: readonly (readonly [word: string, value: boolean | null])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

/**
 * What JSON.parse may change: a fraction of zeros, an exponent, more than 15 digits, a key of
 * digits. It is also found in some texts that only look like it.
 */
const LOSSY = /(?:^|[:[,])\s*-?(?:\d+\.0+(?!\d)|[\d.]+[eE]|[\d.]{16})|"(?:\d|\\u003\d)+"\s*:/;

/** Whether JSON.parse may change what a JSON text says. `value` is what it made of it. */
export function isLossy(text: string, value: unknown): boolean {
  return holdsNumber(value) && LOSSY.test(text);
}

/** Whether there is a number, or a key that begins like one. */
function holdsNumber(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return typeof value === 'number';
  if (Array.isArray(value)) return value.some(holdsNumber);
  for (const key of Object.keys(value)) {
    const first = key.charCodeAt(0);
    if ((first >= ZERO && first <= NINE) || holdsNumber((value as JsonObject)[key])) return true;
  }
  return false;
}

const [ZERO, NINE] = [0x30, 0x39];

/** The value of a JSON text. Errors: those of `parseBounded` and `readExactJson`. */
export function parseExact(text: string, location: string): unknown {
  const value = parseBounded(text);
  return isLossy(text, value) ? readExactJson(text, location) : value;
}

/**
 * The value of a JSON text. Errors: `bad-data` with `location`, line and column, also for a key
 * that an object has twice.
 */
export function readExactJson(text: string, location: string): unknown {
  return new JsonReader(text, location).read();
}

class JsonReader {
  readonly #text: string;
  readonly #location: string;
  #at = 0;
  #depth = 0;

  constructor(text: string, location: string) {
    this.#text = text;
    this.#location = location;
  }

  read(): unknown {
    const value = this.#value();
    this.#match(SPACE);
    if (this.#at < this.#text.length) throw this.#failure('more text behind the value');
    return value;
  }

  #value(): unknown {
    this.#match(SPACE);
    const first = this.#text[this.#at];
    if (first === '"') return this.#string();
    if (first === '{') return this.#within(() => this.#object());
    if (first === '[') return this.#within(() => this.#array());
    const word = WORDS.find(([each]) => this.#text.startsWith(each, this.#at));
    if (word === undefined) return this.#number();
    this.#at += word[0].length;
    return word[1];
  }

  #within<T>(read: () => T): T {
    if (++this.#depth > DEEPEST_VALUE)
      throw this.#failure(`values are more than ${DEEPEST_VALUE} levels deep`);
    this.#at++;
    const value = read();
    this.#depth--;
    return value;
  }

  #object(): JsonObject {
    const entries = new Map<string, unknown>();
    this.#items('}', () => {
      this.#match(SPACE);
      const key = this.#string();
      if (entries.has(key))
        throw this.#failure(`the key ${JSON.stringify(key)} is written twice in one object`);
      this.#match(SPACE);
      this.#expect(':');
      entries.set(key, this.#value());
    });
    return objectOf([...entries]);
  }

  #array(): unknown[] {
    const items: unknown[] = [];
    this.#items(']', () => items.push(this.#value()));
    return items;
  }

  #items(closing: string, readItem: () => void): void {
    this.#match(SPACE);
    if (this.#text[this.#at] !== closing)
      while (true) {
        readItem();
        this.#match(SPACE);
        if (this.#text[this.#at] !== ',') break;
        this.#at++;
      }
    this.#expect(closing);
  }

  #string(): string {
    const end = this.#text[this.#at] === '"' ? this.#endOfString() : -1;
    const written = this.#text.slice(this.#at, end);
    const text = end < 0 ? undefined : unquoted(written);
    if (text === undefined) throw this.#failure('a text in double quotes is missing or broken');
    this.#at = end;
    return text;
  }

  /** Behind the quote that ends the text that begins here; negative where there is none. */
  #endOfString(): number {
    for (let at = this.#at + 1; ; at++) {
      at = this.#text.indexOf('"', at);
      if (at < 0) return -1;
      let before = at;
      while (this.#text[before - 1] === '\\') before--;
      if ((at - before) % 2 === 0) return at + 1;
    }
  }

  #number(): number | bigint | Float {
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text);
    if (match === null) throw this.#failure('a value is missing');
    const [written, fraction, exponent] = match;
    this.#at += written.length;
    const value = Number(written);
    if (fraction === undefined && exponent === undefined)
      return written.length < 16 ? value + 0 : normalInt(BigInt(written));
    return Number.isInteger(value) ? new Float(value) : value;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const text = pattern.exec(this.#text)?.[0];
    if (text !== undefined) this.#at += text.length;
    return text;
  }

  #expect(character: string): void {
    if (this.#text[this.#at] !== character) throw this.#failure(`expected "${character}"`);
    this.#at++;
  }

  #failure(message: string): AutomodelError {
    const { line, column } = textPosition(this.#text, this.#at);
    return new AutomodelError('bad-data', `not valid JSON: ${message}`, {
      location: `${this.#location}:${line}:${column}`,
    });
  }
}

/** The text that is written in these quotes; undefined where JSON has no such text. */
function unquoted(written: string): string | undefined {
  if (!written.includes('\\')) return CONTROL.test(written) ? undefined : written.slice(1, -1);
  try {
    return JSON.parse(written) as string;
  } catch {
    return undefined;
  }
}
