// A part of a tensor, as a view.
import { allocateHostData } from '../../tensor/host-tensor.js';
import { normalizeAxis } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { zerosLike } from '../creation/full.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { copyElement } from '../support/elements.js';
import { pad } from './pad.js';
import { sliceScatter } from './slice-scatter.js';
import { normalizeSlice, sliceOffsets, sliceShape, type SliceAttributes } from './slice-range.js';

/**
 * x[start:end:step] in every dimension, bounds as in Python, steps positive. x itself when that is
 * all of it.
 */
export function slice(
  x: Tensor,
  start: readonly number[],
  end: readonly number[],
  step?: readonly number[],
): Tensor {
  const attrs = normalizeSlice('slice', x.shape, start, end, step);
  const whole = x.shape.every(
    (dim, axis) => attrs.start[axis] === 0 && attrs.end[axis] === dim && attrs.step[axis] === 1,
  );
  return whole ? x : x.trace.apply(sliceOp, [x], attrs)[0];
}

/** x[..., start:start+length, ...] in one dimension, as torch.narrow. */
export function narrow(x: Tensor, dim: number, start: number, length: number): Tensor {
  const axis = normalizeAxis('narrow', dim, x.rank);
  return slice(
    x,
    x.shape.map((_, i) => (i === axis ? start : 0)),
    x.shape.map((size, i) => (i === axis ? start + length : size)),
  );
}

/** The adjoint: dy in its place among zeros. */
function embed(x: Tensor, dy: Tensor, attrs: SliceAttributes): Tensor {
  if (attrs.step.some((step) => step !== 1))
    return sliceScatter(zerosLike(x), dy, attrs.start, attrs.end, attrs.step);
  const margins = x.shape.flatMap((_, i) => {
    const axis = x.rank - 1 - i;
    return [attrs.start[axis]!, x.shape[axis]! - attrs.end[axis]!];
  });
  return pad(dy, margins);
}

export const sliceOp: OpDefinition<SliceAttributes> = defineOp({
  name: 'slice',
  summary: 'a part of a tensor',
  operands: ['x'],
  infer: ({ x }, attrs) => [{ shape: sliceShape('slice', x.shape, attrs), dtype: x.dtype }],
  reference: ({ x }, attrs, { y }) => {
    const from = sliceOffsets(x.shape, attrs);
    const data = allocateHostData(x.dtype, from.length);
    from.forEach((offset, i) => copyElement(data, i, x.data, offset));
    return [{ ...y, data }];
  },
  gradient: ({ operands: { x }, gradients: { y: dy }, attrs }) => ({ x: embed(x, dy, attrs) }),
  spread: ({ x }, { start, end, step }, { operands, refuse }) => {
    if (x.kind !== 'cut') return [x];
    const { dim } = x;
    const whole = start[dim] === 0 && end[dim] === operands.x.shape[dim] && step[dim] === 1;
    return [whole ? x : refuse('x', 'a part of that dimension is taken')];
  },
  castRule: 'follow',
  view: true,
  samples: [
    {
      inputs: [{ shape: [3, 4, 6] }],
      attrs: { start: [0, 1, 0], end: [3, 4, 6], step: [1, 1, 2] },
    },
    { inputs: [{ shape: [9, 8] }], attrs: { start: [2, 3], end: [9, 4], step: [1, 1] } },
    {
      inputs: [{ shape: [4], dtype: 'i64', range: [-9, 9] }],
      attrs: { start: [1], end: [1], step: [1] },
    },
    { inputs: [{ shape: [] }], attrs: { start: [], end: [], step: [] } },
  ],
});
