// Integer indices along one dimension, as gather and scatter read them: where each index points in
// a tensor that is at least as large in the other dimensions.
import { AutomodelError } from '../../error.js';
import type { TensorType } from '../../graph/graph.js';
import { categoryOf } from '../../tensor/dtype.js';
import type { HostTensor } from '../../tensor/host-tensor.js';
import {
  type Shape,
  contiguousStrides,
  formatShape,
  formatType,
  normalizeAxis,
} from '../../tensor/shape.js';
import { stridedOffsets } from '../support/elements.js';

export type AxisAttributes = { readonly dim: number };

/**
 * Errors: indices that are not integers, another rank, or a size larger than that of x outside
 * `dim`.
 */
export function checkAlongAxis(op: string, x: TensorType, index: TensorType, dim: number): void {
  const axis = normalizeAxis(op, dim, x.shape.length);
  const fits =
    index.shape.length === x.shape.length &&
    index.shape.every((size, i) => i === axis || size <= x.shape[i]!);
  if (!fits || categoryOf(index.dtype) !== 'integer')
    throw new AutomodelError(
      'bad-shape',
      `${op}: index ${formatType(index)} does not fit ` +
        `${formatShape(x.shape)} along dimension ${dim}`,
    );
}

/**
 * For each index, in order, the offset in a tensor of `shape` that it points to. Errors: an index
 * outside the dimension.
 */
export function offsetsAlongAxis(
  op: string,
  shape: Shape,
  index: HostTensor,
  dim: number,
): Uint32Array {
  const axis = normalizeAxis(op, dim, shape.length);
  const strides = contiguousStrides(shape);
  const size = shape[axis] ?? 1;
  const stride = strides[axis] ?? 1;
  return stridedOffsets(
    index.shape,
    strides.map((step, i) => (i === axis ? 0 : step)),
  ).map((base, i) => {
    const at = Number(index.data[i]);
    if (at < 0 || at >= size)
      throw new AutomodelError(
        'bad-data',
        `${op}: index ${at} is outside a dimension of size ${size}`,
      );
    return base + at * stride;
  });
}
