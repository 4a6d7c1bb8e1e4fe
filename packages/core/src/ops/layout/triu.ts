// The upper triangle of matrices.
import type { Tensor } from '../../tensor/tensor.js';
import { triangleOp } from './triangle-op.js';

/**
 * The entries on and above the diagonal, zero elsewhere; the diagonal is shifted right by
 * `diagonal`.
 */
export function triu(x: Tensor, diagonal = 0): Tensor {
  return x.trace.apply(triuOp, [x], { diagonal })[0];
}

export const triuOp = triangleOp(
  'triu',
  'the upper triangle',
  (distance, diagonal) => distance >= diagonal,
  triu,
);
