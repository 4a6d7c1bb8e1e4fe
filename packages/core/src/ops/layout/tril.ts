// The lower triangle of matrices.
import type { Tensor } from '../../tensor/tensor.js';
import { triangleOp } from './triangle-op.js';

/**
 * The entries on and below the diagonal, zero elsewhere; the diagonal is shifted right by
 * `diagonal`.
 */
export function tril(x: Tensor, diagonal = 0): Tensor {
  return x.trace.apply(trilOp, [x], { diagonal })[0];
}

export const trilOp = triangleOp(
  'tril',
  'the lower triangle',
  (distance, diagonal) => distance <= diagonal,
  tril,
);
