// The position of the smallest element; the lowest position where there are several, NaN before
// numbers.
import type { Tensor } from '../../tensor/tensor.js';
import { argReductionOp, normalizeArgReduction } from './arg-reduction-op.js';

/** i64 positions along `dim`; null: in the flattened tensor. */
export function argmin(x: Tensor, dim: number | null = null, keepdim = false): Tensor {
  return x.trace.apply(argminOp, [x], normalizeArgReduction('argmin', x.rank, dim, keepdim))[0];
}

export const argminOp = argReductionOp(
  'argmin',
  'the position of the smallest element',
  (a, b) => a < b,
);
