// exp(x) - 1 without cancellation near zero.
import type { Tensor } from '../../tensor/tensor.js';
import { add } from './add.js';
import { mul } from './mul.js';
import { applyReal, unaryOp } from './unary-op.js';

/** e^x - 1. */
export function expm1(x: Tensor): Tensor {
  return applyReal(expm1Op, x, {});
}

export const expm1Op = unaryOp({
  name: 'expm1',
  summary: 'e^x - 1',
  float: Math.expm1,
  gradient: ({ y, dy }) => mul(dy, add(y, 1)),
  castRule: 'full',
});
