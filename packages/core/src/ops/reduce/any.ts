// Whether some element is not zero.
import type { Tensor } from '../../tensor/tensor.js';
import { reducedDims, reductionOp, type ReductionAttributes } from './reduction-op.js';

/** True where some element is not zero over `dims` (all when empty). */
export function any(x: Tensor, dims: readonly number[] = [], keepdim = false): Tensor {
  return x.trace.apply(anyOp, [x], { dims: reducedDims('any', x.rank, dims), keepdim })[0];
}

export const anyOp = reductionOp<ReductionAttributes>({
  name: 'any',
  summary: 'true where some element is not zero',
  result: () => 'bool',
  float: (values) => (values.some((value) => value !== 0) ? 1 : 0),
  integer: (values) => (values.some((value) => value !== 0n) ? 1n : 0n),
  castRule: 'follow',
  empty: true,
  integers: true,
  extra: {},
});
