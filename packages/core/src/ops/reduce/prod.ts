// Products. Integers and bool are multiplied in i64. The gradient holds where factors are zero.
import { categoryOf } from '../../tensor/dtype.js';
import type { Tensor } from '../../tensor/tensor.js';
import { cast } from '../cast/cast.js';
import { eq } from '../compare/eq.js';
import { div } from '../elementwise/div.js';
import { mul } from '../elementwise/mul.js';
import { where } from '../select/where.js';
import { reducedDims, reductionOp, type ReductionAttributes } from './reduction-op.js';
import { sum } from './sum.js';

/** Product over `dims` (all when empty). */
export function prod(x: Tensor, dims: readonly number[] = [], keepdim = false): Tensor {
  return x.trace.apply(prodOp, [x], { dims: reducedDims('prod', x.rank, dims), keepdim })[0];
}

/**
 * The product of the other factors: y / x where no factor is zero; where exactly one is, only that
 * factor has a gradient.
 */
function adjoint(x: Tensor, dy: Tensor, dims: readonly number[]): Tensor {
  const zero = eq(x, 0);
  const zeroCount = sum(cast(zero, x.dtype), dims, true);
  const nonzero = where(zero, 1, x);
  const product = prod(nonzero, dims, true);
  const others = where(
    zero,
    where(eq(zeroCount, 1), product, 0),
    where(eq(zeroCount, 0), div(product, nonzero), 0),
  );
  return mul(dy, others);
}

export const prodOp = reductionOp<ReductionAttributes>({
  name: 'prod',
  summary: 'product over dimensions',
  result: (dtype) => (categoryOf(dtype) === 'float' ? dtype : 'i64'),
  float: (values) => values.reduce((total, value) => total * value, 1),
  integer: (values) => values.reduce((total, value) => total * value, 1n),
  gradient: ({ x, dy, attrs }) => adjoint(x, dy, reducedDims('prod', x.rank, attrs.dims)),
  empty: true,
  integers: true,
  extra: {},
});
