// The reciprocal.
import type { Tensor } from '../../tensor/tensor.js';
import { mul } from './mul.js';
import { neg } from './neg.js';
import { applyReal, unaryOp } from './unary-op.js';

/** 1 / x. */
export function reciprocal(x: Tensor): Tensor {
  return applyReal(reciprocalOp, x, {});
}

export const reciprocalOp = unaryOp({
  name: 'reciprocal',
  summary: '1 / x',
  float: (x) => 1 / x,
  gradient: ({ y, dy }) => neg(mul(dy, mul(y, y))),
  castRule: 'full',
  range: [0.2, 3],
});
