// What every byte of a memory has to tell: disjoint ranges, each with one content. The verifier
// keeps there which value the bytes hold, the planner which steps touched them last.
import { firstIndex } from './first-index.js';

/** A run of bytes with one content. */
export interface ByteRange<T> {
  readonly start: number;
  readonly end: number;
  readonly content: T;
}

/** One address space. */
export class ByteMap<T> {
  #ranges: ByteRange<T>[] = [];

  /** Whether no byte has a content. */
  get isEmpty(): boolean {
    return this.#ranges.length === 0;
  }

  /** Known ranges that overlap [start, end), in order. */
  overlapping(start: number, end: number): readonly ByteRange<T>[] {
    const from = this.#firstAfter(start);
    let to = from;
    while (to < this.#ranges.length && this.#ranges[to]!.start < end) to++;
    return this.#ranges.slice(from, to);
  }

  /** The first byte of [start, end) without content; undefined when all have one. */
  firstMissing(start: number, end: number): number | undefined {
    let at = start;
    for (const range of this.overlapping(start, end)) {
      if (range.start > at) return at;
      at = range.end;
    }
    return at < end ? at : undefined;
  }

  /** Replaces what [start, end) has. It joins the range before it if `joins` says so. */
  set(start: number, end: number, content: T, joins: (before: T) => boolean = () => false): void {
    this.#replace(start, end, () => []);
    const at = this.#firstAfter(start);
    const before = this.#ranges[at - 1];
    if (before !== undefined && before.end === start && joins(before.content))
      this.#ranges[at - 1] = { ...before, end };
    else this.#ranges.splice(at, 0, { start, end, content });
  }

  /** Changes the contents that lie in [start, end). */
  change(start: number, end: number, changed: (content: T) => T): void {
    this.#replace(start, end, (range) => [{ ...range, content: changed(range.content) }]);
  }

  /** Gives the bytes of [start, end) that have no content this one. */
  fill(start: number, end: number, content: T): void {
    for (
      let at = this.firstMissing(start, end);
      at !== undefined;
      at = this.firstMissing(at, end)
    ) {
      const next = this.overlapping(at, end)[0]?.start ?? end;
      this.set(at, next, content);
    }
  }

  /** Cuts the ranges at start and end, and maps the parts inside. */
  #replace(
    start: number,
    end: number,
    inside: (range: ByteRange<T>) => readonly ByteRange<T>[],
  ): void {
    const from = this.#firstAfter(start);
    const old = this.overlapping(start, end);
    const parts = old.flatMap((range) => [
      ...(range.start < start ? [{ ...range, end: start }] : []),
      ...inside({ ...range, start: Math.max(start, range.start), end: Math.min(end, range.end) }),
      ...(range.end > end ? [{ ...range, start: end }] : []),
    ]);
    this.#ranges.splice(from, old.length, ...parts);
  }

  /** Index of the first range that ends after `at`. */
  #firstAfter(at: number): number {
    return firstIndex(this.#ranges.length, (i) => this.#ranges[i]!.end > at);
  }
}
