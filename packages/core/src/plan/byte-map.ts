// What every byte of a memory holds, for the plan verifier: disjoint ranges, each with the value
// last written there, the step that wrote it and the steps that read it since.

/** A run of bytes with one history. `writer` is -1 for bytes bound before the run. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
  readonly value: number;
  readonly writer: number;
  readonly readers: readonly number[];
}

/** One address space. */
export class ByteMap {
  #ranges: ByteRange[] = [];

  /** Known ranges that overlap [start, end), in order. */
  overlapping(start: number, end: number): readonly ByteRange[] {
    const from = this.#firstAfter(start);
    let to = from;
    while (to < this.#ranges.length && this.#ranges[to]!.start < end) to++;
    return this.#ranges.slice(from, to);
  }

  /** The first byte of [start, end) that was never written; undefined when all were. */
  firstUnwritten(start: number, end: number): number | undefined {
    let at = start;
    for (const range of this.overlapping(start, end)) {
      if (range.start > at) return at;
      at = range.end;
    }
    return at < end ? at : undefined;
  }

  /** Forgets what [start, end) held. */
  write(start: number, end: number, value: number, writer: number): void {
    this.#replace(start, end, () => []);
    const at = this.#firstAfter(start);
    const before = this.#ranges[at - 1];
    if (
      before !== undefined &&
      before.end === start &&
      before.value === value &&
      before.writer === writer
    )
      this.#ranges[at - 1] = { ...before, end };
    else this.#ranges.splice(at, 0, { start, end, value, writer, readers: [] });
  }

  /** Notes that `step` read [start, end). */
  read(start: number, end: number, step: number): void {
    this.#replace(start, end, (range) => [
      {
        ...range,
        readers: range.readers.at(-1) === step ? range.readers : [...range.readers, step],
      },
    ]);
  }

  /** Cuts the ranges at start and end, and maps the parts inside. */
  #replace(start: number, end: number, inside: (range: ByteRange) => ByteRange[]): void {
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
    let [low, high] = [0, this.#ranges.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ranges[middle]!.end <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
