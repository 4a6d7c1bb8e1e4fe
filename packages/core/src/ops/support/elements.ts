// Reading and writing elements in reference implementations: exact integers as bigints, whatever
// their dtype, and offsets of strided or broadcast views.
import type { TensorType } from '../../graph/graph.js';
import { allocateHostData, type HostData, type HostTensor } from '../../tensor/host-tensor.js';
import { contiguousStrides, sameShape, sizeOf, type Shape } from '../../tensor/shape.js';

/** The integer (or bool, as 0 or 1) at `index`. */
export const integerAt = (data: HostData, index: number): bigint => {
  const value = data[index]!;
  return typeof value === 'bigint' ? value : BigInt(value);
};

/** The elements of a tensor of floats. */
export const floatsOf = (tensor: HostTensor): Float64Array => tensor.data as Float64Array;

/** The number in a tensor of one element. */
export const numberIn = (tensor: HostTensor): number => Number(tensor.data[0]);

/** Zeros for a tensor of floats. */
export const newFloats = (type: TensorType): Float64Array =>
  allocateHostData(type.dtype, sizeOf(type.shape)) as Float64Array;

/** Writes an integer into i64, i32 (both wrap) or bool (not zero) elements. */
export function storeInteger(data: HostData, index: number, value: bigint): void {
  if (data instanceof BigInt64Array) data[index] = value;
  else if (data instanceof Int32Array) data[index] = Number(BigInt.asIntN(32, value));
  else data[index] = value === 0n ? 0 : 1;
}

/** Copies one element between arrays of the same dtype. */
export function copyElement(target: HostData, to: number, source: HostData, from: number): void {
  (target as Float64Array)[to] = (source as Float64Array)[from]!;
}

/**
 * Offsets of all elements of a view in row-major order of `shape`. Host tensors have less than 2^32
 * elements.
 */
export function stridedOffsets(shape: Shape, strides: readonly number[], base = 0): Uint32Array {
  let offsets = Uint32Array.of(base);
  shape.forEach((dim, axis) => {
    const next = new Uint32Array(offsets.length * dim);
    let at = 0;
    for (const offset of offsets)
      for (let i = 0; i < dim; i++) next[at++] = offset + i * strides[axis]!;
    offsets = next;
  });
  return offsets;
}

/**
 * For each element of `target` in order, where broadcasting reads it in a row-major tensor of shape
 * `source`; undefined when that is the identity.
 */
export function broadcastOffsets(source: Shape, target: Shape): Uint32Array | undefined {
  if (sameShape(source, target)) return undefined;
  const own = contiguousStrides(source);
  const lead = target.length - source.length;
  return stridedOffsets(
    target,
    target.map((_, axis) => (axis < lead || source[axis - lead] === 1 ? 0 : own[axis - lead]!)),
  );
}

/**
 * A tensor seen as [outer, size, inner] around one axis: element (o, i, n) is at (o * size + i) *
 * inner + n.
 */
export function aroundAxis(
  shape: Shape,
  axis: number,
): { readonly outer: number; readonly size: number; readonly inner: number } {
  const product = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);
  return {
    outer: product(shape.slice(0, axis)),
    size: shape[axis] ?? 1,
    inner: product(shape.slice(axis + 1)),
  };
}

/** Adds one element to another of the same dtype; bool adds as `or`. */
export function addElement(target: HostData, to: number, source: HostData, from: number): void {
  if (target instanceof Float64Array) target[to]! += Number(source[from]);
  else storeInteger(target, to, integerAt(target, to) + integerAt(source, from));
}
