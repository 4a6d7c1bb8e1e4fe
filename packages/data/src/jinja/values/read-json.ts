// Reads JSON without loss: 1.0 stays a float, whole numbers are exact at any size, keys keep their
// order also where they look like numbers. JSON.parse does none of these.
import { AutomodelError } from '@automodel/core';
import { normalInt } from './ints.js';
import { Dict, hashOfText } from './dict.js';
import { DEEPEST_VALUE } from './from-javascript.js';
import { Float, List, type Value } from './value.js';

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const HALF_PAIR = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const WORDS: readonly (readonly [word: string, value: boolean | null])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

/**
 * The value of a JSON text. Errors: `bad-data` with `location`, line and column, also for a key
 * that an object has twice and for half a surrogate pair.
 */
export function readJson(text: string, location: string): Value {
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

  read(): Value {
    const value = this.#value();
    this.#match(SPACE);
    if (this.#at < this.#text.length) throw this.#failure('more text behind the value');
    return value;
  }

  #value(): Value {
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

  #object(): Dict {
    const dict = new Dict();
    this.#items('}', () => {
      this.#match(SPACE);
      const key = this.#string();
      const hash = hashOfText(key);
      if (dict.has(hash))
        throw this.#failure(`the key ${JSON.stringify(key)} is written twice in one object`);
      this.#match(SPACE);
      this.#expect(':');
      dict.set(hash, key, this.#value());
    });
    return dict;
  }

  #array(): List {
    const items: Value[] = [];
    this.#items(']', () => items.push(this.#value()));
    return new List(items);
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
    const written = this.#match(STRING);
    if (written === undefined) throw this.#failure('a text in double quotes is missing or broken');
    const text = written.includes('\\') ? (JSON.parse(written) as string) : written.slice(1, -1);
    if (HALF_PAIR.test(text)) throw this.#failure('half a surrogate pair', written.length);
    return text;
  }

  #number(): Value {
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text);
    if (match === null) throw this.#failure('a value is missing');
    const [written, fraction, exponent] = match;
    this.#at += written.length;
    if (fraction !== undefined || exponent !== undefined) return new Float(Number(written));
    return written.length < 16 ? Number(written) + 0 : normalInt(BigInt(written));
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

  #failure(message: string, back = 0): AutomodelError {
    const lines = this.#text.slice(0, this.#at - back).split('\n');
    const column = (lines.at(-1)?.length ?? 0) + 1;
    return new AutomodelError('bad-data', `not valid JSON: ${message}`, {
      location: `${this.#location}:${lines.length}:${column}`,
    });
  }
}
