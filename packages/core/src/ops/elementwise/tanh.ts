// The hyperbolic tangent.
import type { Tensor } from '../../tensor/tensor.js';
import { mul } from './mul.js';
import { sub } from './sub.js';
import { applyReal, unaryOp } from './unary-op.js';

/** tanh x. */
export function tanh(x: Tensor): Tensor {
  return applyReal(tanhOp, x, {});
}

export const tanhOp = unaryOp({
  name: 'tanh',
  summary: 'tanh x',
  float: Math.tanh,
  gradient: ({ y, dy }) => mul(dy, sub(1, mul(y, y))),
});
