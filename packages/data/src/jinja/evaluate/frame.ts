// What a compiled template runs with. A frame holds the variables of one function: the template
// itself, a macro, a block, the body of a recursive loop. Functions within see those around them.
import type { Run } from '../values/run.js';
import type { Str } from '../text/text.js';
import type { Value } from '../values/value.js';

/** What names that no scope stores are looked up in. */
export class Context {
  /** What the template was rendered with, and globals. */
  readonly #given: ReadonlyMap<string, Value>;
  readonly #globals: ReadonlyMap<string, Value>;
  /** What the template stores at its top level, which blocks see. */
  readonly #stored: Map<string, Value>;
  /** The blocks of the template, by name. */
  readonly blocks: ReadonlyMap<string, BlockBody>;

  constructor(
    given: ReadonlyMap<string, Value>,
    globals: ReadonlyMap<string, Value>,
    blocks: ReadonlyMap<string, BlockBody>,
    stored: ReadonlyMap<string, Value> = new Map(),
  ) {
    this.#given = given;
    this.#globals = globals;
    this.#stored = new Map(stored);
    this.blocks = blocks;
  }

  resolve(name: string): Value | undefined {
    for (const names of [this.#stored, this.#given]) {
      const value = names.get(name);
      if (value !== undefined) return value;
    }
    return this.#globals.get(name);
  }

  store(name: string, value: Value): void {
    this.#stored.set(name, value);
  }

  /** For a scoped block: the same with the variables around it. */
  derived(variables: ReadonlyMap<string, Value>): Context {
    const stored = new Map([...this.#stored, ...variables]);
    return new Context(this.#given, this.#globals, this.blocks, stored);
  }
}

/** Writes a block. */
export type BlockBody = (run: Run, context: Context) => void;

export class Frame {
  readonly run: Run;
  readonly context: Context;
  /** Undefined where a variable is missing. */
  readonly slots: (Value | undefined)[];
  readonly parent: Frame | undefined;

  constructor(run: Run, context: Context, size: number, parent?: Frame) {
    this.run = run;
    this.context = context;
    this.slots = new Array<Value | undefined>(size).fill(undefined);
    this.parent = parent;
  }
}

export type Evaluate = (frame: Frame) => Value;

/** Undefined where the next statement follows. */
export type Execute = (frame: Frame) => Signal | undefined;

export type Signal = 'break' | 'continue';

export type EvaluateText = (frame: Frame) => Str;

export type Assign = (frame: Frame, value: Value) => void;
