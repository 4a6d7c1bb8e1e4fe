/**
 * A seeded source of random choices for the generators of this example. Everything they write
 * depends only on the seed, so a second run gives the same bytes on every machine.
 */

/**
 * Random choices from a 32-bit state (mulberry32, Tommy Ettinger 2017: one add and two
 * multiply-xorshift rounds a draw).
 */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** The next number in [0, 1), a multiple of 2^-32. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = this.state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  /** An integer from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One entry of a list. */
  pick<T>(list: readonly T[]): T {
    const entry = list[Math.floor(this.next() * list.length)];
    if (entry === undefined) throw new RangeError('Random.pick: the list is empty');
    return entry;
  }

  /** A shuffled copy (Fisher-Yates). */
  shuffle<T>(list: readonly T[]): T[] {
    const copy = [...list];
    for (let i = copy.length - 1; i > 0; i -= 1) {
      const j = this.integer(0, i);
      const moved = copy[i] as T;
      copy[i] = copy[j] as T;
      copy[j] = moved;
    }
    return copy;
  }
}
