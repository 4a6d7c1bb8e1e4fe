// The exponential function.
import type { Tensor } from '../../tensor/tensor.js';
import { mul } from './mul.js';
import { applyReal, unaryOp } from './unary-op.js';

/** e^x. */
export function exp(x: Tensor): Tensor {
  return applyReal(expOp, x, {});
}

export const expOp = unaryOp({
  name: 'exp',
  summary: 'e^x',
  float: Math.exp,
  gradient: ({ y, dy }) => mul(dy, y),
  castRule: 'full',
});
