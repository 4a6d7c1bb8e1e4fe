// The free ranges of a heap. A range is taken where the first free one is large enough, so that
// processes that take and give back alike have the same places.

/** From `start` up to `end`, which is not part of it. */
interface Range {
  readonly start: number;
  readonly end: number;
}

export class FreeRanges {
  /** In order, none beside another. */
  #free: readonly Range[];

  constructor(start: number, end: number) {
    this.#free = [{ start, end }];
  }

  /** Where `size` begins; undefined: no range is large enough. */
  take(size: number): number | undefined {
    const at = this.#free.findIndex(({ start, end }) => end - start >= size);
    const range = this.#free[at];
    if (range === undefined) return undefined;
    const rest = { start: range.start + size, end: range.end };
    this.#free = this.#free.toSpliced(at, 1, ...(rest.start < rest.end ? [rest] : []));
    return range.start;
  }

  giveBack(start: number, size: number): void {
    const joined: Range[] = [];
    for (const range of [...this.#free, { start, end: start + size }].sort(byStart)) {
      const last = joined.at(-1);
      if (last?.end === range.start) joined[joined.length - 1] = { ...last, end: range.end };
      else joined.push(range);
    }
    this.#free = joined;
  }
}

const byStart = (a: Range, b: Range): number => a.start - b.start;
