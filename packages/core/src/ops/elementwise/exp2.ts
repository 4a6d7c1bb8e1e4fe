// Powers of two.
import type { Tensor } from '../../tensor/tensor.js';
import { mul } from './mul.js';
import { applyReal, unaryOp } from './unary-op.js';

/** 2^x. */
export function exp2(x: Tensor): Tensor {
  return applyReal(exp2Op, x, {});
}

export const exp2Op = unaryOp({
  name: 'exp2',
  summary: '2^x',
  float: (x) => 2 ** x,
  gradient: ({ y, dy }) => mul(dy, mul(y, Math.LN2)),
  castRule: 'full',
});
