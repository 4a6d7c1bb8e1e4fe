// The bytes that writing a view covers, without the gaps between its blocks.
import { bytesOf } from '../tensor/dtype.js';
import { sizeOf } from '../tensor/shape.js';
import type { TensorRef } from './plan.js';
import { isRowMajor } from './view.js';

/**
 * One run of bytes [start, end) when `ref` is row-major, otherwise one for each innermost dense
 * block. `start` and `end` are those of the whole view.
 */
export function denseRuns(
  ref: TensorRef,
  start: number,
  end: number,
): readonly (readonly [start: number, end: number])[] {
  const { shape, strides } = ref;
  if (sizeOf(shape) === 0) return [];
  if (isRowMajor(shape, strides)) return [[start, end]];
  let inner = shape.length;
  while (inner > 0 && isRowMajor(shape.slice(inner - 1), strides.slice(inner - 1))) inner--;
  let starts = [start];
  shape.slice(0, inner).forEach((size, axis) => {
    const step = (strides[axis] ?? 0) * bytesOf(ref.dtype);
    starts = starts.flatMap((at) => Array.from({ length: size }, (_, i) => at + i * step));
  });
  const length = sizeOf(shape.slice(inner)) * bytesOf(ref.dtype);
  return starts.map((at) => [at, at + length]);
}
