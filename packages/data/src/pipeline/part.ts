// One part of a tokenizer.json (a normalizer, a decoder, ...), read key by key. What is malformed,
// or what the Rust library would refuse, is an error that names the file and the part; what this
// package cannot do as that library does is refused by name.
import { AutomodelError } from '@automodel/core';
import { isObject, type JsonObject } from '../json/json-object.js';
import { regexPattern, textPattern, type Pattern } from '../patterns/pattern.js';
import { UnsupportedPattern } from '../patterns/unsupported-pattern.js';

const shown = (value: unknown): string => (JSON.stringify(value) ?? 'undefined').slice(0, 80);

export class Part {
  readonly #value: JsonObject;
  /** Where it stands: `pre_tokenizer.pretokenizers[0]`. */
  readonly path: string;
  readonly #location: string;

  /** `location`: the file or folder that errors name. */
  constructor(value: JsonObject, path: string, location: string) {
    this.#value = value;
    this.path = path;
    this.#location = location;
  }

  /** The part below `key`; undefined where it is null or missing. */
  optional(key: string): Part | undefined {
    const value = this.#value[key] ?? undefined;
    if (value === undefined) return undefined;
    if (!isObject(value)) throw this.bad(`${this.#at(key)} must be an object or null`);
    return new Part(value, this.#at(key), this.#location);
  }

  /** The parts of a list. */
  list(key: string): readonly Part[] {
    const value = this.#value[key];
    if (!Array.isArray(value)) throw this.bad(`${this.#at(key)} must be a list`);
    return value.map((item: unknown, i) => {
      const path = `${this.#at(key)}[${i}]`;
      if (!isObject(item)) throw this.bad(`${path} must be an object`);
      return new Part(item, path, this.#location);
    });
  }

  value(key: string): unknown {
    return this.#value[key] ?? undefined;
  }

  get type(): string {
    return this.text('type');
  }

  /** `fallback` where the key is null or missing; without one it must be there. */
  text(key: string, fallback?: string): string {
    const value = this.value(key) ?? fallback;
    if (typeof value !== 'string') throw this.#wrong(key, 'a text');
    return value;
  }

  flag(key: string, fallback?: boolean): boolean {
    const value = this.value(key) ?? fallback;
    if (typeof value !== 'boolean') throw this.#wrong(key, 'true or false');
    return value;
  }

  /** A whole number from 0. */
  count(key: string, fallback?: number): number {
    const value = this.value(key) ?? fallback;
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
      throw this.#wrong(key, 'a whole number');
    return value;
  }

  character(key: string): string {
    const value = this.text(key);
    if (Array.from(value).length !== 1) throw this.#wrong(key, 'one character');
    return value;
  }

  choice<T extends string>(key: string, known: readonly T[], fallback?: T): T {
    const value = this.value(key) ?? fallback;
    const found = known.find((one) => one === value);
    if (found === undefined) throw this.#wrong(key, `one of ${known.join(', ')}`);
    return found;
  }

  /** `pattern`: `{"String": ...}` or `{"Regex": ...}`. */
  pattern(): Pattern {
    const value = this.value('pattern');
    const { String: text, Regex: expression } = isObject(value) ? value : {};
    if (typeof text === 'string') return textPattern(text);
    if (typeof expression !== 'string')
      throw this.#wrong('pattern', 'an object with "String" or "Regex"');
    const named = `${this.#at('pattern')} ${shown(expression)}`;
    try {
      return regexPattern(expression, (why) => this.bad(`${named} ${why}`));
    } catch (cause) {
      if (cause instanceof UnsupportedPattern)
        throw this.unsupported(`${named} has ${cause.message}`);
      throw this.bad(`${named} is not a regular expression`);
    }
  }

  bad(message: string): AutomodelError {
    return new AutomodelError('bad-file', message, {
      location: this.#location,
      hint: 'correct the file, or fetch the tokenizer again',
    });
  }

  unsupported(message: string): AutomodelError {
    return new AutomodelError('unsupported', `${message}, which is not supported`, {
      location: this.#location,
      hint: 'use a tokenizer without this part',
    });
  }

  /** The error for a type that is not in the list of those that are known. */
  unknownType(known: readonly string[]): AutomodelError {
    return new AutomodelError('unsupported', `${this.path} has the type ${shown(this.type)}`, {
      location: this.#location,
      hint: `known types: ${known.join(', ')}`,
    });
  }

  #wrong(key: string, wanted: string): AutomodelError {
    return this.bad(`${this.#at(key)} must be ${wanted}, it is ${shown(this.#value[key])}`);
  }

  #at(key: string): string {
    return this.path === '' ? key : `${this.path}.${key}`;
  }
}
