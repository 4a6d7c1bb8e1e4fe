// Sums. Integers and bool are summed in i64; `dtype` states another dtype of the result, in which
// floats are added.
import { categoryOf, type DType } from '../../tensor/dtype.js';
import type { Tensor } from '../../tensor/tensor.js';
import { cast } from '../cast/cast.js';
import { expand } from '../layout/expand.js';
import { reducedDims, reductionOp, type ReductionAttributes } from './reduction-op.js';

export type SumAttributes = ReductionAttributes & { readonly dtype: DType | null };

/** Sum over `dims` (all when empty). */
export function sum(
  x: Tensor,
  dims: readonly number[] = [],
  keepdim = false,
  dtype: DType | null = null,
): Tensor {
  return x.trace.apply(sumOp, [x], { dims: reducedDims('sum', x.rank, dims), keepdim, dtype })[0];
}

export const sumOp = reductionOp<SumAttributes>({
  name: 'sum',
  summary: 'sum over dimensions',
  result: (dtype, attrs) => attrs.dtype ?? (categoryOf(dtype) === 'float' ? dtype : 'i64'),
  float: (values) => values.reduce((total, value) => total + value, 0),
  integer: (values) => values.reduce((total, value) => total + value, 0n),
  gradient: ({ x, dy }) => expand(cast(dy, x.dtype), x.shape),
  empty: true,
  integers: true,
  extra: { dtype: null },
});
