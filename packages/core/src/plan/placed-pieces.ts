// Pieces of an arena in the order of their offsets, and the tightest gap among those alive at the
// same time. They lie in blocks of neighbours; a block that knows that it has nobody alive, or no
// gap that is large enough, is passed by as a whole, so that thousands of pieces alive at once
// cost little more than a few.
import { firstIndex } from './first-index.js';

/** Pieces in a block before it is cut in two. */
const CAPACITY = 128;

/** A piece has four numbers: its first and last step, its first byte and the byte after it. */
const [FIRST, LAST, OFFSET, END, FIELDS] = [0, 1, 2, 3, 4] as const;

/** Neighbours, and what all of them have in common. */
class Block {
  readonly #numbers = new Float64Array(CAPACITY * FIELDS);
  length = 0;
  /** Bounds of the first and last steps. */
  #leastFirst = Infinity;
  #mostFirst = -Infinity;
  #leastLast = Infinity;
  #mostLast = -Infinity;
  #end = 0;
  /** The largest gap between pieces of the block if all of them are alive. */
  #gap = 0;

  /** The first byte of the first piece. */
  get offset(): number {
    return this.#numbers[OFFSET]!;
  }

  insert(first: number, last: number, offset: number, end: number): void {
    const numbers = this.#numbers;
    let at = this.length * FIELDS;
    while (at > 0 && numbers[at - FIELDS + OFFSET]! > offset) at -= FIELDS;
    numbers.copyWithin(at + FIELDS, at, this.length * FIELDS);
    numbers.set([first, last, offset, end], at);
    this.length++;
    this.#summarize();
  }

  /** Takes the second half of the pieces away, into a new block. */
  cut(): Block {
    const half = this.length >> 1;
    const other = new Block();
    other.#numbers.set(this.#numbers.subarray(half * FIELDS, this.length * FIELDS));
    other.length = this.length - half;
    this.length = half;
    this.#summarize();
    other.#summarize();
    return other;
  }

  #summarize(): void {
    const numbers = this.#numbers;
    let [leastFirst, mostFirst, leastLast, mostLast] = [Infinity, -Infinity, Infinity, -Infinity];
    let [gap, end] = [0, numbers[END]!];
    for (let at = 0; at < this.length * FIELDS; at += FIELDS) {
      const [first, last] = [numbers[at + FIRST]!, numbers[at + LAST]!];
      if (first < leastFirst) leastFirst = first;
      if (first > mostFirst) mostFirst = first;
      if (last < leastLast) leastLast = last;
      if (last > mostLast) mostLast = last;
      gap = Math.max(gap, numbers[at + OFFSET]! - end);
      end = Math.max(end, numbers[at + END]!);
    }
    this.#leastFirst = leastFirst;
    this.#mostFirst = mostFirst;
    this.#leastLast = leastLast;
    this.#mostLast = mostLast;
    this.#gap = gap;
    this.#end = end;
  }

  /** Goes on with the search through the pieces of the block. */
  search(gaps: GapSearch): void {
    const { first, last, size } = gaps;
    if (this.#mostLast < first || last < this.#leastFirst) return;
    const allAlive = this.#leastLast >= first && last >= this.#mostFirst;
    if (allAlive && this.#gap < size) {
      gaps.pass(this.offset, this.#end);
      return;
    }
    const numbers = this.#numbers;
    const end = this.length * FIELDS;
    for (let at = 0; at < end; at += FIELDS)
      if (numbers[at + LAST]! >= first && last >= numbers[at + FIRST]!)
        gaps.pass(numbers[at + OFFSET]!, numbers[at + END]!);
  }
}

/** The tightest gap so far for `size` bytes from step `first` to step `last`. */
class GapSearch {
  readonly first: number;
  readonly last: number;
  readonly size: number;
  #end = 0;
  #best = -1;
  #bestGap = Infinity;

  constructor(first: number, last: number, size: number) {
    this.first = first;
    this.last = last;
    this.size = size;
  }

  /** The next bytes that are taken. */
  pass(offset: number, end: number): void {
    const gap = offset - this.#end;
    if (gap >= this.size && gap < this.#bestGap) {
      this.#best = this.#end;
      this.#bestGap = gap;
    }
    if (end > this.#end) this.#end = end;
  }

  /** No other gap can be tighter. */
  get isExact(): boolean {
    return this.#bestGap === this.size;
  }

  /** Where the gap begins; without one, the end of what is taken. */
  get offset(): number {
    return this.#best === -1 ? this.#end : this.#best;
  }
}

/** The pieces that have their place. */
export class PlacedPieces {
  readonly #blocks: Block[] = [];

  add(first: number, last: number, offset: number, end: number): void {
    const at = this.#blockOf(offset);
    const block = this.#blocks[at];
    if (block === undefined) {
      const only = new Block();
      only.insert(first, last, offset, end);
      this.#blocks.push(only);
      return;
    }
    block.insert(first, last, offset, end);
    if (block.length === CAPACITY) this.#blocks.splice(at + 1, 0, block.cut());
  }

  /**
   * The smallest gap between pieces alive from step `first` to step `last` that holds `size` bytes,
   * the lowest of equal ones, or the end of the last of them.
   */
  tightestGap(first: number, last: number, size: number): number {
    const search = new GapSearch(first, last, size);
    for (const block of this.#blocks) {
      block.search(search);
      if (search.isExact) break;
    }
    return search.offset;
  }

  /** The last block that begins at `offset` or before it; otherwise the first. */
  #blockOf(offset: number): number {
    const after = firstIndex(this.#blocks.length, (i) => this.#blocks[i]!.offset > offset);
    return Math.max(0, after - 1);
  }
}
