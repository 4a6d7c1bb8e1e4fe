// An array of unknown length that is filled from the front.
import type { DenseArray } from '@automodel/core';

export class GrowingArray<T extends DenseArray> {
  length = 0;
  readonly #make: new (length: number) => T;
  #values: T;

  constructor(make: new (length: number) => T) {
    this.#make = make;
    this.#values = new make(1024);
  }

  /** The next `count` places; zeros. */
  room(count: number): T {
    const end = this.length + count;
    if (end > this.#values.length) {
      const larger = new this.#make(Math.max(end, 2 * this.#values.length));
      copyInto(larger, this.#values.subarray(0, this.length) as T);
      this.#values = larger;
    }
    const places = this.#values.subarray(this.length, end) as T;
    this.length = end;
    return places;
  }

  append(values: T): void {
    copyInto(this.room(values.length), values);
  }

  taken(): T {
    return this.#values.slice(0, this.length) as T;
  }
}

/** Arrays of one class; `set` is declared for each class by itself. */
function copyInto<T extends DenseArray>(target: T, values: T): void {
  (target as Float32Array).set(values as Float32Array);
}
