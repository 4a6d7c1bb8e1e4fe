// How a parameter is laid out in memory if not in its own shape: which blocks of it each process
// holds, and in what shape. Files always hold whole tensors, so these blocks also say which parts
// of a file are read and written.
import type { DType, Shape } from '@automodel/core';
import type { MeshAxis } from './mesh.js';

/** A block of a tensor: in each dimension `size` elements from `start` on. */
export interface Box {
  readonly start: Shape;
  readonly size: Shape;
}

/** A block of a parameter and its place in memory: row by row from element `offset` on. */
export interface StoredBox extends Box {
  readonly offset: number;
}

/** How one parameter is held. */
export interface Placement {
  /**
   * Shape of the tensor in memory, on every process. Elements outside all boxes are zero and stay
   * so.
   */
  readonly shape: Shape;
  /** Dtype in memory. Absent: as the precision of the run says. */
  readonly dtype?: DType | undefined;
  /** The axes of the mesh along which processes hold different blocks. Absent: none. */
  readonly cutAlong?: readonly MeshAxis[] | undefined;
  /**
   * Shape of the gradient that every process adds up by itself and reduces once a step, beside the
   * one in `shape`. Absent: gradients are reduced as they are made.
   */
  readonly unreduced?: Shape | undefined;
  /** What the process of this rank holds. Boxes overlap neither in the parameter nor in memory. */
  boxes(rank: number): readonly StoredBox[];
}
