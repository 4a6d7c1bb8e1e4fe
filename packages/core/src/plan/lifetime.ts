// A piece of memory as packing sees it: bytes, and the steps between which they are needed. What
// packing gives back.

/** Memory needed from step `first` to step `last`, both inclusive. */
export interface Lifetime {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

export interface Packing {
  /** Byte offset of each piece, in the order given. */
  readonly offsets: readonly number[];
  readonly bytes: number;
}

/** Offsets and sizes are multiples of this, so that vector loads are aligned. */
export const ARENA_ALIGNMENT = 64;

export const alignUp = (bytes: number): number =>
  Math.ceil(bytes / ARENA_ALIGNMENT) * ARENA_ALIGNMENT;
