// Python's range.
import type { Run } from './run.js';
import { sliceIndices } from '../text/slice-indices.js';
import { PythonObject, type Next, type Value } from './value.js';

export class Range extends PythonObject {
  readonly typeName = 'range';
  readonly start: number;
  readonly stop: number;
  readonly step: number;
  readonly size: number;

  constructor(start: number, stop: number, step: number) {
    super();
    this.start = start;
    this.stop = stop;
    this.step = step;
    this.size = Math.max(0, Math.ceil((stop - start) / step));
  }

  at(index: number): number {
    return this.start + index * this.step;
  }

  print(): string {
    const step = this.step === 1 ? '' : `, ${this.step}`;
    return `range(${this.start}, ${this.stop}${step})`;
  }

  override attribute(_run: Run, name: string): Value | undefined {
    if (name === 'start') return this.start;
    if (name === 'stop') return this.stop;
    return name === 'step' ? this.step : undefined;
  }

  override iterate(): Next {
    let index = 0;
    return () => (index < this.size ? this.at(index++) : undefined);
  }

  override length(): number {
    return this.size;
  }

  /** Where a number stands; undefined where it does not. */
  indexOf(value: number): number | undefined {
    const index = (value - this.start) / this.step;
    return Number.isInteger(index) && index >= 0 && index < this.size ? index : undefined;
  }

  override equals(_run: Run, other: Value): boolean {
    return (
      other instanceof Range &&
      other.size === this.size &&
      (this.size === 0 || other.start === this.start) &&
      (this.size <= 1 || other.step === this.step)
    );
  }

  slice(start: number | undefined, stop: number | undefined, step: number): Range {
    const { first, count } = sliceIndices(this.size, start, stop, step);
    const from = this.at(first);
    return new Range(from, endOfSlice(this, first, count, stop, step), this.step * step);
  }
}

/** `stop` as Python gives it, which shows when a slice of a range is printed. */
function endOfSlice(
  range: Range,
  first: number,
  count: number,
  stop: number | undefined,
  step: number,
): number {
  const lowest = step < 0 ? -1 : 0;
  const highest = step < 0 ? range.size - 1 : range.size;
  let end = step < 0 ? -1 : range.size;
  if (stop !== undefined)
    end = stop < 0 ? Math.max(stop + range.size, lowest) : Math.min(stop, highest);
  return count < 0 ? first : range.at(end);
}
