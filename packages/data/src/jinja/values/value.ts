// What a template works with: Python's values. None is null; an int is a number while it is safe
// and a bigint beyond; a str is a plain string or a Text. JavaScript's undefined is no value: it
// says that there is none (a name that is missing, an iterator that has ended).
import type { Run } from './run.js';
import type { Str } from '../text/text.js';
import type { Dict } from './dict.js';
import type { Undefined } from './undefined.js';

export type Int = number | bigint;

export type Value =
  null | boolean | Int | Float | Str | List | Tuple | Dict | Undefined | PythonObject;

/** A value that is an object in JavaScript too. */
export type ValueObject = Extract<Value, object>;

/** Gives the values of an iterable one after the other; undefined when there are no more. */
export type Next = () => Value | undefined;

/** Arguments by name. */
export type Named = ReadonlyMap<string, Value>;

/** Python's float, a class of its own so that 1.0 stays one. */
export class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }

  /** What JSON.stringify writes. */
  toJSON(): number {
    return this.value;
  }

  /** As JavaScript writes it; Python's text is `floatRepr`. */
  toString(): string {
    return String(this.value);
  }
}

export class List {
  readonly items: readonly Value[];

  constructor(items: readonly Value[]) {
    this.items = items;
  }
}

export class Tuple {
  readonly items: readonly Value[];
  /** Names of the items, where it is a named tuple. */
  readonly names: readonly string[];

  constructor(items: readonly Value[], names: readonly string[] = []) {
    this.items = items;
    this.names = names;
  }
}

/**
 * Every other object: what it can do is what its methods say, and by default that is being printed,
 * compared for identity, and being true.
 */
export abstract class PythonObject {
  /** The name of the class. */
  abstract readonly typeName: string;
  /** The module of the class, where it is not builtin. */
  readonly module: string | undefined;
  /** Whether it can be a key. */
  readonly isHashable: boolean = true;

  /** What `repr` and `str` give. */
  abstract print(run: Run): Str;

  /** A public attribute; undefined where there is none. */
  attribute?(run: Run, name: string): Value | undefined;

  /** `object[key]`; undefined where a LookupError would be raised. */
  item?(run: Run, key: Value): Value | undefined;

  /** The items; an iterator goes on where it stopped. */
  iterate?(run: Run): Next;

  length?(run: Run): number;

  contains?(run: Run, value: Value): boolean;

  call?(run: Run, args: readonly Value[], named: Named): Value;

  equals(_run: Run, other: Value): boolean {
    return this === other;
  }

  isTrue(run: Run): boolean {
    return this.length === undefined || this.length(run) > 0;
  }
}

export const NO_NAMES: Named = new Map();
