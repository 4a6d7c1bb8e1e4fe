// Reversal of dimensions.
import { allocateHostData } from '../../tensor/host-tensor.js';
import { contiguousStrides, normalizeAxis } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { noFlops } from '../support/default-cost.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { copyElement, stridedOffsets } from '../support/elements.js';

export type FlipAttributes = { readonly dims: readonly number[] };

/** x read backwards along `dims`. */
export function flip(x: Tensor, dims: readonly number[]): Tensor {
  return x.rank === 0
    ? x
    : x.trace.apply(flipOp, [x], {
        dims: dims.map((dim) => normalizeAxis('flip', dim, x.rank)),
      })[0];
}

export const flipOp: OpDefinition<FlipAttributes> = defineOp({
  name: 'flip',
  summary: 'reversed dimensions',
  operands: ['x'],
  infer: ({ x }, { dims }) => {
    for (const dim of dims) normalizeAxis('flip', dim, x.shape.length);
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  reference: ({ x }, { dims }) => {
    const data = allocateHostData(x.dtype, x.data.length);
    const strides = contiguousStrides(x.shape);
    const flipped = x.shape.map((_, axis) =>
      dims.some((dim) => normalizeAxis('flip', dim, x.shape.length) === axis),
    );
    const base = strides.reduce(
      (sum, stride, axis) => sum + (flipped[axis] === true ? stride * (x.shape[axis]! - 1) : 0),
      0,
    );
    stridedOffsets(
      x.shape,
      strides.map((stride, axis) => (flipped[axis] === true ? -stride : stride)),
      base,
    ).forEach((offset, i) => copyElement(data, i, x.data, offset));
    return [{ ...x, data }];
  },
  gradient: ({ gradients: { y: dy }, attrs }) => ({ x: flip(dy, attrs.dims) }),
  flops: noFlops,
  castRule: 'follow',
  samples: [
    { inputs: [{ shape: [3, 4] }], attrs: { dims: [0, 1] } },
    { inputs: [{ shape: [2, 3, 2] }], attrs: { dims: [-1] } },
    { inputs: [{ shape: [5], dtype: 'i64', range: [-9, 9] }], attrs: { dims: [0] } },
  ],
});
