// Rounding toward zero; the gradient is zero.
import type { Tensor } from '../../tensor/tensor.js';
import { unaryOp } from './unary-op.js';

/** x without its fraction. */
export function trunc(x: Tensor): Tensor {
  return x.trace.apply(truncOp, [x], {})[0];
}

export const truncOp = unaryOp({
  name: 'trunc',
  summary: 'x without its fraction',
  float: Math.trunc,
  integer: (x) => x,
  gradient: null,
});
