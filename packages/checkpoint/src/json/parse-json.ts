// A strict JSON reader for files that other programs wrote: safetensors headers, indexes and
// Hugging Face configs. JSON.parse silently keeps the last of two equal keys and gives no
// positions. This reader refuses duplicates, names file:line:column, and remembers where the
// top-level members are, so that one can be replaced without touching the rest.
import { AutomodelError, textPosition } from '@automodel/core';

/**
 * A value of a JSON document. Python's NaN, Infinity and -Infinity are accepted and become the
 * numbers of those names.
 */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;

/** A JSON object: keys in file order. */
export interface JsonObject {
  [key: string]: JsonValue;
}

/** Where a member of the top-level object is in the text (UTF-16 positions, ends exclusive). */
export interface JsonMember {
  readonly keyStart: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** A parsed document; `members` is empty unless `value` is an object. */
export interface JsonDocument {
  readonly text: string;
  readonly value: JsonValue;
  readonly members: ReadonlyMap<string, JsonMember>;
}

const MAX_DEPTH = 256; // deeper nesting would overflow the stack; Python stops near 1,000
const MAX_VALUES = 4_000_000; // far beyond an index or header; more would not fit into the heap
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /-?[A-Za-z]+/y;
const SPACE = /[ \t\n\r]*/y;
const PLAIN_STRING = /[^"\\\u0000-\u001f]*/y;
const WORDS = new Map<string, JsonValue>([
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
]);

class Reader {
  private position = 0;
  private depth = 0;
  private values = 0;
  readonly members = new Map<string, JsonMember>();

  constructor(
    private readonly text: string,
    private readonly file: string,
    private readonly maxValues: number,
  ) {}

  document(): JsonValue {
    if (this.text.charCodeAt(0) === 0xfeff)
      this.fail(
        'the file starts with a byte order mark, which JSON does not allow; save it as plain UTF-8',
      );
    const value = this.value();
    this.space();
    if (this.position < this.text.length) this.fail('text after the end of the JSON document');
    return value;
  }

  private fail(message: string, at = this.position): never {
    const { line, column } = textPosition(this.text, at);
    throw new AutomodelError('bad-file', message, { location: `${this.file}:${line}:${column}` });
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text)?.[0] ?? '';
    this.position += found.length;
    return found;
  }

  private space(): void {
    this.match(SPACE);
  }

  private expect(character: string): void {
    if (this.text[this.position] !== character)
      this.fail(
        this.position >= this.text.length
          ? `the file ends where '${character}' is expected`
          : `'${character}' expected`,
      );
    this.position += 1;
  }

  private value(): JsonValue {
    this.space();
    if (++this.values > this.maxValues)
      this.fail(`more than ${this.maxValues.toLocaleString('en')} values`);
    const first = this.text[this.position];
    if (first === '{') return this.nested(() => this.object());
    if (first === '[') return this.nested(() => this.array());
    if (first === '"') return this.string();
    const start = this.position;
    const number = this.match(NUMBER);
    if (number !== '') return Number(number);
    const word = this.match(WORD);
    const value = WORDS.get(word);
    if (value === undefined)
      this.fail(
        first === undefined ? 'the file ends where a value is expected' : 'not a JSON value',
        start,
      );
    return value;
  }

  private nested<T>(read: () => T): T {
    if (++this.depth > MAX_DEPTH) this.fail(`nested deeper than ${MAX_DEPTH} levels`);
    const result = read();
    this.depth -= 1;
    return result;
  }

  private object(): JsonObject {
    const result: JsonObject = {};
    this.expect('{');
    this.space();
    if (this.text[this.position] === '}') this.position += 1;
    else this.objectMembers(result);
    return result;
  }

  private objectMembers(result: JsonObject): void {
    for (;;) {
      this.space();
      const keyStart = this.position;
      const key = this.string();
      if (Object.hasOwn(result, key))
        this.fail(`the key ${JSON.stringify(key)} occurs twice in one object`, keyStart);
      this.space();
      this.expect(':');
      this.space();
      const valueStart = this.position;
      const value = this.value();
      // defineProperty, because assigning to `__proto__` would set the prototype
      Object.defineProperty(result, key, {
        value,
        enumerable: true,
        writable: true,
        configurable: true,
      });
      if (this.depth === 1)
        this.members.set(key, { keyStart, valueStart, valueEnd: this.position });
      this.space();
      if (this.text[this.position] !== ',') break;
      this.position += 1;
    }
    this.expect('}');
  }

  private array(): JsonValue[] {
    const result: JsonValue[] = [];
    this.expect('[');
    this.space();
    if (this.text[this.position] === ']') {
      this.position += 1;
      return result;
    }
    for (;;) {
      result.push(this.value());
      this.space();
      if (this.text[this.position] !== ',') break;
      this.position += 1;
    }
    this.expect(']');
    return result;
  }

  private string(): string {
    const start = this.position;
    this.expect('"');
    let escaped = false;
    for (;;) {
      this.match(PLAIN_STRING);
      const stop = this.text[this.position];
      if (stop === '"') break;
      if (stop !== '\\')
        this.fail(
          stop === undefined
            ? 'the file ends inside a string'
            : 'a control character inside a string',
        );
      escaped = true;
      this.position += 2;
    }
    this.position += 1;
    const literal = this.text.slice(start, this.position);
    if (!escaped) return literal.slice(1, -1);
    try {
      return JSON.parse(literal) as string;
    } catch {
      return this.fail('a string with an escape that JSON does not know', start);
    }
  }
}

/**
 * Parse JSON strictly. `file` names the source in errors.
 * @throws AutomodelError `bad-file` with file:line:column on a syntax error, a duplicate key, a
 * byte order mark, or more than `maxValues` values.
 */
export function parseJson(text: string, file: string, maxValues = MAX_VALUES): JsonDocument {
  const reader = new Reader(text, file, maxValues);
  const value = reader.document();
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return { text, value, members: isObject ? reader.members : new Map() };
}

/** Decode UTF-8 bytes, refusing invalid sequences. */
export function decodeUtf8(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new AutomodelError('bad-file', 'not valid UTF-8', { location: file, cause });
  }
}
