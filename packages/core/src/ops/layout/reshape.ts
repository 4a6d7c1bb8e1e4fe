// The same elements, row-major, under another shape. A view: the layout pass decides whether
// anything is copied.
import { AutomodelError } from '../../error.js';
import { formatShape, sameShape, sizeOf, type Shape } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';

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
  castRule: 'follow',
  view: true,
  samples: [
    { inputs: [{ shape: [2, 3, 4] }], attrs: { shape: [6, 4] } },
    { inputs: [{ shape: [4], dtype: 'i64', range: [-9, 9] }], attrs: { shape: [2, 1, 2] } },
    { inputs: [{ shape: [1] }], attrs: { shape: [] } },
    { inputs: [{ shape: [0, 3] }], attrs: { shape: [3, 0, 2] } },
  ],
});
