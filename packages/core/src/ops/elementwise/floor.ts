// Rounding toward minus infinity; the gradient is zero.
import type { Tensor } from '../../tensor/tensor.js';
import { unaryOp } from './unary-op.js';

/** The largest whole number not above x. */
export function floor(x: Tensor): Tensor {
  return x.trace.apply(floorOp, [x], {})[0];
}

export const floorOp = unaryOp({
  name: 'floor',
  summary: 'the largest whole number not above x',
  float: Math.floor,
  integer: (x) => x,
  gradient: null,
});
