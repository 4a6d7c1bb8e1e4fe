// The same elements, row-major, under another shape. A view: the layout pass decides whether
// anything is copied.
import { AutomodelError } from '../../error.js';
import { formatShape, sameShape, sizeOf, type Shape } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { cut } from '../support/spread.js';

export type ReshapeAttributes = { readonly shape: Shape };

/**
 * x as `shape`; one size may be -1 and is inferred. x itself when it has that shape. Errors: sizes
 * that do not fit.
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const known = shape.reduce((product, dim) => (dim === -1 ? product : product * dim), 1);
  const target = shape.map((dim) => (dim === -1 && known > 0 ? sizeOf(x.shape) / known : dim));
  return sameShape(target, x.shape) ? x : x.trace.apply(reshapeOp, [x], { shape: target })[0];
}

/**
 * The dimension of `shape` that begins where dimension `dim` of `before` does: the product of the
 * sizes before it is the same. Where sizes of one leave a choice, leading dimensions that stay as
 * they are count first, then the outermost.
 */
function dimensionAfterReshape(before: Shape, shape: Shape, dim: number): number | undefined {
  const outer = sizeOf(before.slice(0, dim));
  const begins = shape.flatMap((_, i) => (sizeOf(shape.slice(0, i)) === outer ? [i] : []));
  const changed = before.findIndex((size, i) => size !== shape[i]);
  const kept = changed === -1 ? dim : Math.min(dim, changed);
  return begins.find((i) => i >= kept) ?? begins[0];
}

export const reshapeOp: OpDefinition<ReshapeAttributes> = defineOp({
  name: 'reshape',
  summary: 'the same elements under another shape',
  operands: ['x'],
  infer: ({ x }, { shape }) => {
    if (shape.some((dim) => !Number.isInteger(dim) || dim < 0) || sizeOf(shape) !== sizeOf(x.shape))
      throw new AutomodelError(
        'bad-shape',
        `reshape: ${formatShape(x.shape)} does not fill ${formatShape(shape)}`,
      );
    return [{ shape, dtype: x.dtype }];
  },
  reference: ({ x }, { shape }) => [{ ...x, shape }],
  gradient: ({ operands: { x }, gradients: { y: dy } }) => ({ x: reshape(dy, x.shape) }),
  spread: ({ x }, { shape }, { operands, refuse }) => {
    if (x.kind !== 'cut') return [x];
    const dim = dimensionAfterReshape(operands.x.shape, shape, x.dim);
    return [
      dim === undefined ? refuse('x', 'the reshape joins it with dimensions before') : cut(dim),
    ];
  },
  castRule: 'follow',
  view: true,
  samples: [
    { inputs: [{ shape: [2, 3, 4] }], attrs: { shape: [6, 4] } },
    { inputs: [{ shape: [4], dtype: 'i64', range: [-9, 9] }], attrs: { shape: [2, 1, 2] } },
    { inputs: [{ shape: [1] }], attrs: { shape: [] } },
    { inputs: [{ shape: [0, 3] }], attrs: { shape: [3, 0, 2] } },
  ],
});
