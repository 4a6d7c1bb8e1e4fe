// A copy of a tensor with a part replaced: the functional form of x[start:end:step] = part.
import { AutomodelError } from '../../error.js';
import { formatShape, formatType, sameShape } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { cast } from '../cast/cast.js';
import { zerosLike } from '../creation/full.js';
import { noFlops } from '../support/default-cost.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { copyElement } from '../support/elements.js';
import { expand } from './expand.js';
import { normalizeSlice, sliceOffsets, sliceShape, type SliceAttributes } from './slice-range.js';
import { slice } from './slice.js';

/**
 * x with x[start:end:step] replaced by `part`, which is broadcast to it and cast to the dtype of x.
 */
export function sliceScatter(
  x: Tensor,
  part: Tensor,
  start: readonly number[],
  end: readonly number[],
  step?: readonly number[],
): Tensor {
  const attrs = normalizeSlice('slice_scatter', x.shape, start, end, step);
  return x.trace.apply(
    sliceScatterOp,
    [x, expand(cast(part, x.dtype), sliceShape('slice_scatter', x.shape, attrs))],
    attrs,
  )[0];
}

export const sliceScatterOp: OpDefinition<SliceAttributes> = defineOp({
  name: 'slice_scatter',
  summary: 'a copy with a part replaced',
  operands: ['x', 'part'],
  infer: ({ x, part }, attrs) => {
    const shape = sliceShape('slice_scatter', x.shape, attrs);
    if (part.dtype !== x.dtype || !sameShape(part.shape, shape))
      throw new AutomodelError(
        'bad-shape',
        `slice_scatter: ${formatType(part)} does not replace ` + `${x.dtype}${formatShape(shape)}`,
      );
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  reference: ({ x, part }, attrs) => {
    const data = x.data.slice();
    sliceOffsets(x.shape, attrs).forEach((offset, i) => copyElement(data, offset, part.data, i));
    return [{ ...x, data }];
  },
  gradient: ({ operands: { part }, gradients: { y: dy }, needs, attrs: { start, end, step } }) => ({
    x: needs.x ? sliceScatter(dy, zerosLike(part), start, end, step) : undefined,
    part: needs.part ? slice(dy, start, end, step) : undefined,
  }),
  flops: noFlops,
  castRule: 'follow',
  overwrites: [[0, 0]],
  samples: [
    {
      inputs: [{ shape: [6, 8] }, { shape: [2, 8] }],
      attrs: { start: [1, 0], end: [5, 8], step: [2, 1] },
    },
    {
      inputs: [{ shape: [3, 7] }, { shape: [3, 3] }],
      attrs: { start: [0, 4], end: [3, 7], step: [1, 1] },
    },
    {
      inputs: [
        { shape: [5], dtype: 'i64', range: [-9, 9] },
        { shape: [0], dtype: 'i64' },
      ],
      attrs: { start: [2], end: [2], step: [1] },
    },
  ],
});
