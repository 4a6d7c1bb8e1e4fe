// How a parameter lies in memory where that is not its own shape: which blocks of it each process
// holds, and in what shape. Files always hold whole tensors, so these blocks say what is read from
// a file and where it is written in one.
import type { DType, Shape } from '@automodel/core';

/** A block of a tensor: in each dimension `size` elements from `start` on. */
export interface Box {
  readonly start: Shape;
  readonly size: Shape;
}

/** A block of a parameter and where its elements are in memory: row by row from element `offset`. */
export interface StoredBox extends Box {
  readonly offset: number;
}

/** How one parameter is held. */
export interface Placement {
  /** Of the tensor in memory, on every process. Elements that no box fills are and stay zero. */
  readonly shape: Shape;
  /** What it is held in. Absent: what the precision of the run says. */
  readonly dtype?: DType | undefined;
  /** What the process of this rank holds. Boxes do not overlap, neither here nor in memory. */
  boxes(rank: number): readonly StoredBox[];
}
