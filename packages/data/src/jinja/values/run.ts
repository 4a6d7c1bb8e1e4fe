// One run of a template: its limits, what it writes to, where it is, and who listens. Everything
// that is evaluated gets it as its first argument.
import { PythonError, TemplateLimitError } from '../failures/failure.js';
import { CHARACTERS_PER_STEP, DEEPEST, ITEMS_PER_STEP, type Limits } from '../failures/limits.js';
import type { Chunk, Recorder, Recording } from '../text/operation.js';
import type { Str } from '../text/text.js';
import type { BuiltinTable } from './builtin.js';
import type { Value } from './value.js';
import { Writer } from '../text/writer.js';

/** What a template calls outside of itself. */
export interface Environment {
  /** The function `strftime_now`. */
  readonly strftimeNow: ((format: string) => string) | undefined;
}

/** What filters and methods find by name: they are in these tables themselves. */
export interface Lookup {
  /** `object.name`. */
  readonly attribute: (run: Run, object: Value, name: string) => Value;
  /** `object[key]`. */
  readonly item: (run: Run, object: Value, key: Value) => Value;
  readonly filters: BuiltinTable;
  readonly refusedFilters: ReadonlySet<string>;
  readonly tests: BuiltinTable;
}

const UNFILLED: Chunk['filled'] = { origin: undefined, mark: undefined };

export class Run implements Recording {
  readonly recorder: Recorder | undefined;
  readonly environment: Environment;
  readonly lookup: Lookup;
  readonly #characters: number;
  #work: number;
  #depth = 0;
  /** What is written now. */
  writer = new Writer();
  /** Origin and mark of what the template itself writes. */
  filled = UNFILLED;
  /** Where in the source the run is, for errors. */
  at = 0;
  /** The value of an expression is computed while the template is compiled. */
  readonly isFolding: boolean;

  constructor(
    limits: Limits,
    environment: Environment,
    lookup: Lookup,
    recorder?: Recorder,
    isFolding = false,
  ) {
    this.isFolding = isFolding;
    this.lookup = lookup;
    this.#work = limits.work;
    this.#characters = limits.characters;
    this.environment = environment;
    this.recorder = recorder;
  }

  write(text: Str): void {
    const { length } = typeof text === 'string' ? text : text.text;
    this.room(length);
    this.writer.write(text, this.filled);
  }

  /** Counts steps. */
  spend(steps: number): void {
    this.#work -= steps;
    if (this.#work < 0)
      throw new TemplateLimitError(
        'it does far more work than a template needs; a loop in it may not end',
      );
  }

  /** Counts items of a list, before it is made. */
  items(count: number): void {
    this.spend(count / ITEMS_PER_STEP);
  }

  /** Counts a text of `length` units, before it is made. */
  room(length: number): void {
    if (length > this.#characters)
      throw new TemplateLimitError(`it makes a text of more than ${this.#characters} characters`);
    this.#work -= length / CHARACTERS_PER_STEP;
    if (this.#work < 0) this.spend(0);
  }

  /**
   * Counts levels of the stack, given back by `leave`. An error ends the run, so needs no leaving.
   */
  enter(levels: number): void {
    this.#depth += levels;
    if (this.#depth > DEEPEST)
      throw new TemplateLimitError(
        'its calls or values are too deep; a macro may call itself for ever',
      );
  }

  leave(levels: number): void {
    this.#depth -= levels;
  }

  /** What `body` writes, instead of writing it. */
  capture(body: () => void): Str {
    const outer = this.writer;
    this.writer = new Writer();
    body();
    const written = this.writer.finish(this);
    this.writer = outer;
    return written;
  }

  strftime(format: string): string {
    const { strftimeNow } = this.environment;
    if (strftimeNow === undefined) throw new PythonError('RuntimeError', 'there is no clock here');
    if (this.recorder === undefined) return strftimeNow(format);
    return this.recorder.external(() => strftimeNow(format));
  }
}
