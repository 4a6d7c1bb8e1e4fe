// One operation of a recorded graph with its operands already in a trace, and checked access to its
// attributes, which come from a file.
import {
  AutomodelError,
  type DType,
  type Operand,
  parseDType,
  type Shape,
  Tensor,
  type Trace,
} from '@automodel/core';

/**
 * A recorded operation. Python's ints are bigints among `inputs`, its floats numbers; null is an
 * absent operand.
 */
export interface RecordedOp {
  readonly op: string;
  readonly inputs: readonly (Operand | null)[];
  readonly attrs: Readonly<Record<string, unknown>>;
  /** The result as recorded. */
  readonly shape: Shape;
  readonly dtype: DType;
}

/**
 * Reads operands and attributes of one operation. Errors name the op and what is missing or of
 * another kind.
 */
export class RecordedCall {
  constructor(
    readonly record: RecordedOp,
    readonly trace: Trace,
  ) {}

  get shape(): Shape {
    return this.record.shape;
  }

  get dtype(): DType {
    return this.record.dtype;
  }

  #wrong(what: string): AutomodelError {
    return new AutomodelError('bad-graph', `recorded op ${this.record.op}: ${what}`);
  }

  operand(i: number): Operand {
    const value = this.record.inputs[i];
    if (value === undefined || value === null) throw this.#wrong(`operand ${i} is missing`);
    return value;
  }

  tensor(i: number): Tensor {
    const value = this.operand(i);
    if (!(value instanceof Tensor)) throw this.#wrong(`operand ${i} must be a tensor`);
    return value;
  }

  optional(i: number): Tensor | undefined {
    return (this.record.inputs[i] ?? undefined) === undefined ? undefined : this.tensor(i);
  }

  tensors(from = 0): Tensor[] {
    return this.record.inputs.slice(from).map((_, i) => this.tensor(from + i));
  }

  number(name: string): number {
    const value = this.record.attrs[name];
    if (typeof value === 'bigint') return Number(value);
    if (typeof value !== 'number') throw this.#wrong(`attribute ${name} must be a number`);
    return value;
  }

  numberOrNull(name: string): number | null {
    return (this.record.attrs[name] ?? null) === null ? null : this.number(name);
  }

  numbers(name: string): number[] {
    const value = this.record.attrs[name];
    if (
      !Array.isArray(value) ||
      !value.every((v) => typeof v === 'number' || typeof v === 'bigint')
    )
      throw this.#wrong(`attribute ${name} must be a list of numbers`);
    return value.map(Number);
  }

  /** A list, or one number for every entry. */
  numberOrNumbers(name: string): number | number[] {
    return Array.isArray(this.record.attrs[name]) ? this.numbers(name) : this.number(name);
  }

  /** A list, or one number for a list of one; absent: none. */
  numbersOrNone(name: string): number[] {
    return (this.record.attrs[name] ?? null) === null ? [] : [this.numberOrNumbers(name)].flat();
  }

  /** True, false, or false when absent. */
  flag(name: string): boolean {
    const value = this.record.attrs[name] ?? false;
    if (typeof value !== 'boolean') throw this.#wrong(`attribute ${name} must be true or false`);
    return value;
  }

  text(name: string): string {
    const value = this.record.attrs[name];
    if (typeof value !== 'string') throw this.#wrong(`attribute ${name} must be text`);
    return value;
  }

  /** One of the given words. */
  choice<const T extends string>(name: string, words: readonly T[]): T {
    const value = this.text(name);
    const word = words.find((w) => w === value);
    if (word === undefined)
      throw this.#wrong(
        `attribute ${name} is ${JSON.stringify(value)}, not one of ${words.join(', ')}`,
      );
    return word;
  }

  dtypeOf(name: string): DType {
    const dtype = parseDType(this.text(name));
    if (dtype === undefined)
      throw this.#wrong(`attribute ${name} names no dtype: ${JSON.stringify(this.text(name))}`);
    return dtype;
  }

  /** A scalar attribute of any kind. */
  scalar(name: string): number | bigint | boolean {
    const value = this.record.attrs[name];
    if (typeof value !== 'number' && typeof value !== 'bigint' && typeof value !== 'boolean')
      throw this.#wrong(`attribute ${name} must be a number`);
    return value;
  }

  /** A nested list of scalars, flattened row-major; a lone scalar is a list of one. */
  scalars(name: string): (number | bigint | boolean)[] {
    const flat = [this.record.attrs[name]].flat(Infinity);
    return flat.map((value) => {
      if (typeof value !== 'number' && typeof value !== 'bigint' && typeof value !== 'boolean')
        throw this.#wrong(`attribute ${name} must be numbers`);
      return value;
    });
  }
}
