// The largest element; NaN wins. The gradient is shared evenly among equal elements, as torch.amax
// does.
import type { Tensor } from '../../tensor/tensor.js';
import { cast } from '../cast/cast.js';
import { eq } from '../compare/eq.js';
import { div } from '../elementwise/div.js';
import { mul } from '../elementwise/mul.js';
import { reducedDims, reductionOp, type ReductionAttributes } from './reduction-op.js';
import { sum } from './sum.js';

/** The largest element over `dims` (all when empty). */
export function max(x: Tensor, dims: readonly number[] = [], keepdim = false): Tensor {
  return x.trace.apply(maxOp, [x], { dims: reducedDims('max', x.rank, dims), keepdim })[0];
}

export const maxOp = reductionOp<ReductionAttributes>({
  name: 'max',
  summary: 'the largest element over dimensions',
  result: (dtype) => dtype,
  float: (values) => values.reduce((best, value) => Math.max(best, value)),
  integer: (values) => values.reduce((best, value) => (value > best ? value : best)),
  gradient: ({ x, y, dy, attrs }) => {
    const hit = cast(eq(x, y), x.dtype);
    return mul(hit, div(dy, sum(hit, reducedDims('max', x.rank, attrs.dims), true)));
  },
  castRule: 'follow',
  integers: true,
  extra: {},
});
