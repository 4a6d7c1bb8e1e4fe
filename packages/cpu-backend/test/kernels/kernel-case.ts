// One call of a kernel on random operands.
import type { Attributes, DType, OpName } from '@automodel/core';

export interface KernelCase {
  readonly op: OpName;
  /** Whole numbers lie between `least` (0) and `most`. */
  readonly inputs: readonly (readonly [
    shape: readonly number[],
    dtype?: DType,
    most?: number,
    least?: number,
  ])[];
  readonly attrs: Attributes;
  readonly ints?: readonly number[];
  readonly floats?: readonly number[];
}
