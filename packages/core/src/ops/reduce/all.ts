// Whether every element is not zero.
import type { Tensor } from '../../tensor/tensor.js';
import { reducedDims, reductionOp, type ReductionAttributes } from './reduction-op.js';

/** True where every element is not zero over `dims` (all when empty). */
export function all(x: Tensor, dims: readonly number[] = [], keepdim = false): Tensor {
  return x.trace.apply(allOp, [x], { dims: reducedDims('all', x.rank, dims), keepdim })[0];
}

export const allOp = reductionOp<ReductionAttributes>({
  name: 'all',
  summary: 'true where every element is not zero',
  result: () => 'bool',
  float: (values) => (values.every((value) => value !== 0) ? 1 : 0),
  integer: (values) => (values.every((value) => value !== 0n) ? 1n : 0n),
  castRule: 'follow',
  empty: true,
  integers: true,
  extra: {},
});
