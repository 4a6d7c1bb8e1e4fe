// The smallest element; NaN wins. The gradient is shared evenly among equal elements, as torch.amin
// does.
import type { Tensor } from '../../tensor/tensor.js';
import { cast } from '../cast/cast.js';
import { eq } from '../compare/eq.js';
import { div } from '../elementwise/div.js';
import { mul } from '../elementwise/mul.js';
import { reducedDims, reductionOp, type ReductionAttributes } from './reduction-op.js';
import { sum } from './sum.js';

/** The smallest element over `dims` (all when empty). */
export function min(x: Tensor, dims: readonly number[] = [], keepdim = false): Tensor {
  return x.trace.apply(minOp, [x], { dims: reducedDims('min', x.rank, dims), keepdim })[0];
}

export const minOp = reductionOp<ReductionAttributes>({
  name: 'min',
  summary: 'the smallest element over dimensions',
  result: (dtype) => dtype,
  float: (values) => values.reduce((best, value) => Math.min(best, value)),
  integer: (values) => values.reduce((best, value) => (value < best ? value : best)),
  gradient: ({ x, y, dy, attrs }) => {
    const hit = cast(eq(x, y), x.dtype);
    return mul(hit, div(dy, sum(hit, reducedDims('min', x.rank, attrs.dims), true)));
  },
  castRule: 'follow',
  integers: true,
  extra: {},
});
