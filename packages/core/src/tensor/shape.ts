// Shapes and row-major layout: sizes, strides and broadcasting, with errors that name both shapes.
import type { DType } from './dtype.js';
import { AutomodelError } from '../error.js';
import { exactly, type ListsOf } from '../list-length.js';

/** Sizes of a tensor's dimensions; [] is a 0-dimensional tensor of one element. */
export type Shape = readonly number[];

/** Number of elements. Exact up to 2^53; a larger product is refused. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const dim of shape) size *= dim;
  if (!Number.isSafeInteger(size))
    throw new AutomodelError(
      'bad-shape',
      `shape ${formatShape(shape)} has more than 2^53 elements`,
    );
  return size;
}

/** Row-major strides in elements. */
export function contiguousStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i]!;
  }
  return strides;
}

/** True when both have the same sizes. */
export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((dim, i) => dim === b[i]);

/** The sizes of a tensor with a known number of dimensions. */
export const sizesOf = <R extends keyof ListsOf<number>>(
  { shape }: { readonly shape: Shape },
  rank: R,
): ListsOf<number>[R] => exactly(shape, rank);

/** The size of a dimension that is known to exist. */
export function sizeAt({ shape }: { readonly shape: Shape }, axis: number): number {
  const size = shape.at(axis);
  if (size === undefined)
    throw new AutomodelError('internal', `${formatShape(shape)} has no dimension ${axis}`);
  return size;
}

/** A shape as text: `[2,3]`. */
export const formatShape = (shape: Shape): string => `[${shape.join(',')}]`;

/** A tensor's dtype and shape: `f32[2,3]`. */
export const formatType = (type: { readonly dtype: DType; readonly shape: Shape }): string =>
  `${type.dtype}${formatShape(type.shape)}`;

/**
 * The common shape of operands under PyTorch's broadcasting; an error names `op` and all shapes.
 */
export function broadcastShapes(op: string, ...shapes: Shape[]): number[] {
  const rank = Math.max(0, ...shapes.map((s) => s.length));
  const result = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    shape.forEach((dim, i) => {
      const at = rank - shape.length + i;
      if (dim === 1 || dim === result[at]) return;
      if (result[at] !== 1)
        throw new AutomodelError(
          'bad-shape',
          `${op}: shapes ${shapes.map(formatShape).join(' and ')} cannot be broadcast together`,
        );
      result[at] = dim;
    });
  }
  return result;
}

/**
 * `axis` counted from the front; negative counts from the back, as in PyTorch. An error names `op`.
 */
export function normalizeAxis(op: string, axis: number, rank: number): number {
  const result = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || result < 0 || result >= Math.max(rank, 1))
    throw new AutomodelError(
      'bad-shape',
      `${op}: dimension ${axis} does not exist in a tensor of ${rank} dimensions`,
    );
  return result;
}
