// Repetition along dimensions of size one, as a view.
import { AutomodelError } from '../../error.js';
import { allocateHostData } from '../../tensor/host-tensor.js';
import { broadcastShapes, formatShape, sameShape, sizeOf, type Shape } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { broadcastOffsets, copyElement } from '../support/elements.js';
import { sumTo } from '../support/sum-to.js';
import { cut } from '../support/spread.js';

export type ExpandAttributes = { readonly shape: Shape };

/** x broadcast to `shape`; -1 keeps a size. x itself when it has that shape. */
export function expand(x: Tensor, shape: Shape): Tensor {
  const lead = shape.length - x.rank;
  const target = shape.map((dim, axis) =>
    dim === -1 && axis >= lead ? x.shape[axis - lead]! : dim,
  );
  return sameShape(target, x.shape) ? x : x.trace.apply(expandOp, [x], { shape: target })[0];
}

export const expandOp: OpDefinition<ExpandAttributes> = defineOp({
  name: 'expand',
  summary: 'repetition along dimensions of size one',
  operands: ['x'],
  infer: ({ x }, { shape }) => {
    if (!sameShape(broadcastShapes('expand', x.shape, shape), shape))
      throw new AutomodelError(
        'bad-shape',
        `expand: ${formatShape(x.shape)} cannot be repeated to ${formatShape(shape)}`,
      );
    return [{ shape, dtype: x.dtype }];
  },
  reference: ({ x }, { shape }) => {
    const from = broadcastOffsets(x.shape, shape);
    const data = allocateHostData(x.dtype, sizeOf(shape));
    for (let i = 0; i < data.length; i++) copyElement(data, i, x.data, from?.[i] ?? i);
    return [{ shape, dtype: x.dtype, data }];
  },
  gradient: ({ operands: { x }, gradients: { y: dy } }) => ({ x: sumTo(dy, x.shape) }),
  spread: ({ x }, { shape }, { operands, refuse }) => {
    if (x.kind !== 'cut') return [x];
    const dim = x.dim + shape.length - operands.x.shape.length;
    return [
      shape[dim] === operands.x.shape[x.dim] ? cut(dim) : refuse('x', 'that dimension is repeated'),
    ];
  },
  castRule: 'follow',
  view: true,
  samples: [
    { inputs: [{ shape: [2, 1, 4] }], attrs: { shape: [2, 3, 4] } },
    { inputs: [{ shape: [4] }], attrs: { shape: [2, 3, 4] } },
    { inputs: [{ shape: [], dtype: 'i64', range: [-9, 9] }], attrs: { shape: [2, 2] } },
    { inputs: [{ shape: [1, 2] }], attrs: { shape: [0, 2] } },
  ],
});
