// Which two neighbours of a byte-pair encoding become which piece, and what comes first.

/** More than any id: two ids make one key. */
const ID_LIMIT = 1 << 24;

export interface Merge {
  /** Lower ones come first. */
  readonly rank: number;
  readonly id: number;
}

/** Merges by the ids of their halves; a pair that is listed twice has its last place. */
export class MergeTable {
  readonly #merges = new Map<number, Merge>();

  set(left: number, right: number, merge: Merge): void {
    this.#merges.set(left * ID_LIMIT + right, merge);
  }

  get(left: number, right: number): Merge | undefined {
    return this.#merges.get(left * ID_LIMIT + right);
  }
}
