// The position of the largest element; the lowest position where there are several, NaN before
// numbers.
import type { Tensor } from '../../tensor/tensor.js';
import { argReductionOp, normalizeArgReduction } from './arg-reduction-op.js';

/** i64 positions along `dim`; null: in the flattened tensor. */
export function argmax(x: Tensor, dim: number | null = null, keepdim = false): Tensor {
  return x.trace.apply(argmaxOp, [x], normalizeArgReduction('argmax', x.rank, dim, keepdim))[0];
}

export const argmaxOp = argReductionOp(
  'argmax',
  'the position of the largest element',
  (a, b) => a > b,
);
