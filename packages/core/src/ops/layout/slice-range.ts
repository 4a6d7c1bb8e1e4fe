// The part of a tensor that slices name: [start, end) with a positive step in every dimension, as
// slice and slice_scatter take it.
import { AutomodelError } from '../../error.js';
import { contiguousStrides, formatShape, type Shape } from '../../tensor/shape.js';
import { stridedOffsets } from '../support/elements.js';

export type SliceAttributes = {
  readonly start: readonly number[];
  readonly end: readonly number[];
  readonly step: readonly number[];
};

/**
 * Python's slice of every dimension: negative bounds count from the end, bounds beyond it are cut.
 */
export function normalizeSlice(
  op: string,
  shape: Shape,
  start: readonly number[],
  end: readonly number[],
  step: readonly number[] = shape.map(() => 1),
): SliceAttributes {
  if ([start, end, step].some((list) => list.length !== shape.length))
    throw new AutomodelError(
      'bad-shape',
      `${op}: start, end and step need one number for each dimension of ${formatShape(shape)}`,
    );
  const bound = (value: number, dim: number): number =>
    Math.min(Math.max(value < 0 ? value + dim : value, 0), dim);
  const from = shape.map((dim, axis) => bound(start[axis]!, dim));
  return {
    start: from,
    end: shape.map((dim, axis) => Math.max(bound(end[axis]!, dim), from[axis]!)),
    step: [...step],
  };
}

/** Sizes of the part. Errors: a range outside the tensor, a step below one. */
export function sliceShape(
  op: string,
  shape: Shape,
  { start, end, step }: SliceAttributes,
): number[] {
  const fits =
    start.length === shape.length &&
    shape.every(
      (dim, i) =>
        start[i]! >= 0 &&
        start[i]! <= end[i]! &&
        end[i]! <= dim &&
        Number.isInteger(step[i]) &&
        step[i]! >= 1,
    );
  if (!fits)
    throw new AutomodelError(
      'bad-shape',
      `${op}: [${start.join(',')}] to [${end.join(',')}] by [${step.join(',')}] is not a part of ` +
        `${formatShape(shape)}`,
    );
  return shape.map((_, i) => Math.ceil((end[i]! - start[i]!) / step[i]!));
}

/** Where the elements of the part are in the whole, in order. */
export function sliceOffsets(shape: Shape, attrs: SliceAttributes): Uint32Array {
  const strides = contiguousStrides(shape);
  const base = strides.reduce((sum, stride, axis) => sum + stride * attrs.start[axis]!, 0);
  return stridedOffsets(
    sliceShape('slice', shape, attrs),
    strides.map((stride, axis) => stride * attrs.step[axis]!),
    base,
  );
}
