// The reciprocal square root.
import type { Tensor } from '../../tensor/tensor.js';
import { mul } from './mul.js';
import { applyReal, unaryOp } from './unary-op.js';

/** 1 / sqrt x. */
export function rsqrt(x: Tensor): Tensor {
  return applyReal(rsqrtOp, x, {});
}

export const rsqrtOp = unaryOp({
  name: 'rsqrt',
  summary: '1 / sqrt x',
  float: (x) => 1 / Math.sqrt(x),
  gradient: ({ y, dy }) => mul(dy, mul(mul(mul(y, y), y), -0.5)),
  castRule: 'full',
  range: [0.1, 3],
});
