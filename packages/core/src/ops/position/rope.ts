// Rotary position embedding (Su et al. 2021) from tables of cosines and sines, in Hugging Face's
// half-rotation form or interleaved pairs. The adjoint is the inverse rotation.

import { AutomodelError } from '../../error.js';
import { formatShape, sizeOf, sizeAt, sizesOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { cast } from '../cast/cast.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { add } from '../elementwise/add.js';
import { mul } from '../elementwise/mul.js';
import { neg } from '../elementwise/neg.js';
import { sub } from '../elementwise/sub.js';
import { cat } from '../layout/cat.js';
import { reshape } from '../layout/reshape.js';
import { slice } from '../layout/slice.js';
import { areReplicated, isCutAt } from '../support/spread.js';

/** `interleaved`: pairs are neighbours. `inverse`: rotates by the negative angle. */
export type RopeAttributes = { readonly interleaved: boolean; readonly inverse: boolean };

/**
 * x[T,H,D], cos f32[T,R/2], sin f32[T,R/2] -> [T,H,D]: the first R of D entries are rotated in
 * pairs (i, i+R/2), or (2i, 2i+1) when interleaved; the rest is kept.
 */
export function rope(x: Tensor, cos: Tensor, sin: Tensor, interleaved = false): Tensor {
  return x.trace.apply(ropeOp, [x, cos, sin], { interleaved, inverse: false })[0];
}

export const ropeOp: OpDefinition<RopeAttributes> = defineOp({
  name: 'rope',
  summary: 'rotates pairs of entries by the angle of the token position',
  operands: ['x', 'cos', 'sin'],
  infer({ x, cos, sin }) {
    const fits =
      x.shape.length === 3 &&
      cos.shape.length === 2 &&
      cos.shape[0] === x.shape[0] &&
      2 * sizeAt(cos, 1) <= sizeAt(x, 2) &&
      cos.shape.join() === sin.shape.join();
    if (!fits)
      throw new AutomodelError(
        'bad-shape',
        `rope: tables ${formatShape(cos.shape)} and ${formatShape(sin.shape)} do not fit x ` +
          `${formatShape(x.shape)}`,
      );
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  decompose(operands, attrs) {
    const x = cast(operands.x, 'f32');
    const [tokens, heads, width] = sizesOf(x, 3);
    const half = sizeAt(operands.cos, 1);
    const cos = reshape(operands.cos, [tokens, 1, half]);
    const sin = reshape(attrs.inverse ? neg(operands.sin) : operands.sin, [tokens, 1, half]);
    const part = (tensor: Tensor, from: number, to: number, step = 1): Tensor =>
      slice(tensor, [0, 0, from], [tokens, heads, to], [1, 1, step]);
    const first = attrs.interleaved ? part(x, 0, 2 * half, 2) : part(x, 0, half);
    const second = attrs.interleaved ? part(x, 1, 2 * half, 2) : part(x, half, 2 * half);
    const rotated = [
      sub(mul(first, cos), mul(second, sin)),
      add(mul(second, cos), mul(first, sin)),
    ];
    const pieces = attrs.interleaved
      ? [
          reshape(
            cat(
              rotated.map((t) => reshape(t, [tokens, heads, half, 1])),
              3,
            ),
            [tokens, heads, 2 * half],
          ),
        ]
      : rotated;
    if (2 * half < width) pieces.push(part(x, 2 * half, width));
    return [cast(cat(pieces, 2), operands.x.dtype)];
  },
  gradient: ({ operands: { cos, sin }, gradients: { y: dy }, attrs }) => ({
    x: dy.trace.apply(ropeOp, [dy, cos, sin], {
      ...attrs,
      inverse: !attrs.inverse,
    })[0],
  }),
  flops: ({ x }) => 3 * sizeOf(x.shape),
  spread: ({ x, cos, sin }, _attrs, { refuse }) => {
    if (isCutAt(x, 2)) return [refuse('x', 'pairs of entries are rotated together')];
    for (const [name, table] of Object.entries({ cos, sin }))
      if (isCutAt(x, 0) ? !isCutAt(table, 0) : !areReplicated(table))
        return [refuse(name, 'tables must be cut as tokens are')];
    return [x];
  },
  castRule: 'follow',
  overwrites: [[0, 0]],
  samples: [
    {
      inputs: [{ shape: [5, 2, 8] }, { shape: [5, 4] }, { shape: [5, 4] }],
      attrs: { interleaved: false, inverse: false },
      differentiable: [0],
    },
    {
      inputs: [{ shape: [3, 3, 10] }, { shape: [3, 3] }, { shape: [3, 3] }],
      attrs: { interleaved: false, inverse: true },
      differentiable: [0],
    },
    {
      inputs: [{ shape: [4, 1, 6] }, { shape: [4, 3] }, { shape: [4, 3] }],
      attrs: { interleaved: true, inverse: false },
      differentiable: [0],
    },
  ],
});
