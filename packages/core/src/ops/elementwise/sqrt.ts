// The square root.
import type { Tensor } from '../../tensor/tensor.js';
import { div } from './div.js';
import { mul } from './mul.js';
import { applyReal, unaryOp } from './unary-op.js';

/** sqrt x. */
export function sqrt(x: Tensor): Tensor {
  return applyReal(sqrtOp, x, {});
}

export const sqrtOp = unaryOp({
  name: 'sqrt',
  summary: 'sqrt x',
  float: Math.sqrt,
  gradient: ({ y, dy }) => div(dy, mul(y, 2)),
  castRule: 'full',
  range: [0.1, 3],
});
