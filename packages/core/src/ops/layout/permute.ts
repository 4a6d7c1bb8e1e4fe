// Reordering of dimensions, as a view.
import { AutomodelError } from '../../error.js';
import { allocateHostData } from '../../tensor/host-tensor.js';
import { contiguousStrides, formatShape, normalizeAxis } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { copyElement, stridedOffsets } from '../support/elements.js';
import { cut } from '../support/spread.js';

export type PermuteAttributes = { readonly dims: readonly number[] };

/** Dimension i of the result is dimension dims[i] of x. x itself when nothing moves. */
export function permute(x: Tensor, dims: readonly number[]): Tensor {
  const order = dims.map((dim) => normalizeAxis('permute', dim, x.rank));
  return order.length === x.rank && order.every((dim, i) => dim === i)
    ? x
    : x.trace.apply(permuteOp, [x], { dims: order })[0];
}

/** x with two dimensions exchanged. */
export function transpose(x: Tensor, first: number, second: number): Tensor {
  const [a, b] = [
    normalizeAxis('transpose', first, x.rank),
    normalizeAxis('transpose', second, x.rank),
  ];
  const order = x.shape.map((_, axis) => axis);
  return permute(x, order.with(a, b).with(b, a));
}

export const permuteOp: OpDefinition<PermuteAttributes> = defineOp({
  name: 'permute',
  summary: 'reordered dimensions',
  operands: ['x'],
  infer: ({ x }, { dims }) => {
    if (
      dims.length !== x.shape.length ||
      new Set(dims).size !== dims.length ||
      dims.some((dim) => x.shape[dim] === undefined)
    )
      throw new AutomodelError(
        'bad-shape',
        `permute: [${dims.join(',')}] is not an order of the dimensions of ${formatShape(x.shape)}`,
      );
    return [{ shape: dims.map((dim) => x.shape[dim]!), dtype: x.dtype }];
  },
  reference: ({ x }, { dims }, { y }) => {
    const strides = contiguousStrides(x.shape);
    const from = stridedOffsets(
      y.shape,
      dims.map((dim) => strides[dim]!),
    );
    const data = allocateHostData(x.dtype, x.data.length);
    from.forEach((offset, i) => copyElement(data, i, x.data, offset));
    return [{ ...y, data }];
  },
  gradient: ({ gradients: { y: dy }, attrs }) => ({
    x: permute(
      dy,
      attrs.dims.map((_, axis) => attrs.dims.indexOf(axis)),
    ),
  }),
  spread: ({ x }, { dims }) => [x.kind === 'cut' ? cut(dims.indexOf(x.dim)) : x],
  castRule: 'follow',
  view: true,
  samples: [
    { inputs: [{ shape: [2, 3, 4] }], attrs: { dims: [2, 0, 1] } },
    { inputs: [{ shape: [2, 3, 2, 4] }], attrs: { dims: [0, 2, 1, 3] } },
    { inputs: [{ shape: [3, 2], dtype: 'bool' }], attrs: { dims: [1, 0] } },
    { inputs: [{ shape: [0, 2], dtype: 'i32' }], attrs: { dims: [1, 0] } },
  ],
});
