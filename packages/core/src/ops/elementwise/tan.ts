// The tangent.
import type { Tensor } from '../../tensor/tensor.js';
import { add } from './add.js';
import { mul } from './mul.js';
import { applyReal, unaryOp } from './unary-op.js';

/** tan x. */
export function tan(x: Tensor): Tensor {
  return applyReal(tanOp, x, {});
}

export const tanOp = unaryOp({
  name: 'tan',
  summary: 'tan x',
  float: Math.tan,
  gradient: ({ y, dy }) => mul(dy, add(mul(y, y), 1)),
  castRule: 'full',
  range: [-1.2, 1.2],
});
