// Lays out very many pieces of memory as an allocator would: each takes the tightest free range
// when its lifetime begins and gives it back when it ends. The work grows with the number of free
// ranges, not with the number of pieces.
import { firstIndex } from './first-index.js';
import { alignUp, type Lifetime, type Packing } from './lifetime.js';

interface Range {
  start: number;
  end: number;
}

/** A packing of `pieces` in the order of their first steps. */
export function packInTime(pieces: readonly Lifetime[]): Packing {
  const size = pieces.map((piece) => alignUp(piece.bytes));
  const used = pieces.map((_, i) => i).filter((i) => size[i]! > 0);
  const starting = [...used].sort(
    (a, b) => pieces[a]!.first - pieces[b]!.first || size[b]! - size[a]! || a - b,
  );
  const ending = [...used].sort((a, b) => pieces[a]!.last - pieces[b]!.last || a - b);
  const offsets = new Array<number>(pieces.length).fill(0);
  const free = new FreeRanges();
  let ended = 0;
  for (const index of starting) {
    for (; ended < ending.length && pieces[ending[ended]!]!.last < pieces[index]!.first; ended++)
      free.give(offsets[ending[ended]!]!, size[ending[ended]!]!);
    offsets[index] = free.take(size[index]!);
  }
  return { offsets, bytes: free.end };
}

/** Free ranges below `end`, in order, never adjacent. */
class FreeRanges {
  end = 0;
  readonly #ranges: Range[] = [];

  /** The start of the tightest range that holds `size` bytes; otherwise the arena grows. */
  take(size: number): number {
    let best = -1;
    const length = (at: number): number => this.#ranges[at]!.end - this.#ranges[at]!.start;
    for (let i = 0; i < this.#ranges.length; i++)
      if (length(i) >= size && (best === -1 || length(i) < length(best))) best = i;
    if (best === -1) return this.#grow(size);
    const range = this.#ranges[best]!;
    const { start } = range;
    range.start += size;
    if (range.start === range.end) this.#ranges.splice(best, 1);
    return start;
  }

  give(start: number, size: number): void {
    const end = start + size;
    const at = this.#after(start);
    const [before, after] = [this.#ranges[at - 1], this.#ranges[at]];
    if (before?.end === start && after?.start === end) {
      before.end = after.end;
      this.#ranges.splice(at, 1);
    } else if (before?.end === start) before.end = end;
    else if (after?.start === end) after.start = start;
    else this.#ranges.splice(at, 0, { start, end });
  }

  /** A free last range becomes part of what is taken. */
  #grow(size: number): number {
    const last = this.#ranges.at(-1);
    const start = last?.end === this.end ? this.#ranges.pop()!.start : this.end;
    this.end = start + size;
    return start;
  }

  /** The first range that begins after `start`. */
  #after(start: number): number {
    return firstIndex(this.#ranges.length, (i) => this.#ranges[i]!.start > start);
  }
}
