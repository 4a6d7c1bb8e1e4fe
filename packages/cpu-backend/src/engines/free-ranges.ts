// Free ranges of an address space, in order: the first that is large enough is taken, so equal
// sequences of calls give equal results.

interface Range {
  readonly start: number;
  readonly end: number;
}

export class FreeRanges {
  #ranges: readonly Range[];

  constructor(start: number, end: number) {
    this.#ranges = [{ start, end }];
  }

  /** The start of `size` free units, a multiple of `alignment`; undefined where there are none. */
  take(size: number, alignment: number): number | undefined {
    const aligned = ({ start }: Range): number => Math.ceil(start / alignment) * alignment;
    const at = this.#ranges.findIndex((range) => aligned(range) + size <= range.end);
    if (at === -1) return undefined;
    const range = this.#ranges[at]!;
    const start = aligned(range);
    const rest = [
      { start: range.start, end: start },
      { start: start + size, end: range.end },
    ].filter((part) => part.start < part.end);
    this.#ranges = this.#ranges.toSpliced(at, 1, ...rest);
    return start;
  }

  /** Frees a range that was taken; it joins its neighbours. */
  give(start: number, size: number): void {
    const end = start + size;
    const before = this.#ranges.filter((range) => range.end <= start);
    const after = this.#ranges.filter((range) => range.start >= end);
    const [left, right] = [before.at(-1), after[0]];
    const joinsLeft = left?.end === start;
    const joinsRight = right?.start === end;
    this.#ranges = [
      ...(joinsLeft ? before.slice(0, -1) : before),
      { start: joinsLeft ? left.start : start, end: joinsRight ? right.end : end },
      ...(joinsRight ? after.slice(1) : after),
    ];
  }
}
