// ln(1 + x) without cancellation near zero.
import type { Tensor } from '../../tensor/tensor.js';
import { add } from './add.js';
import { div } from './div.js';
import { applyReal, unaryOp } from './unary-op.js';

/** ln(1 + x). */
export function log1p(x: Tensor): Tensor {
  return applyReal(log1pOp, x, {});
}

export const log1pOp = unaryOp({
  name: 'log1p',
  summary: 'ln(1 + x)',
  float: Math.log1p,
  gradient: ({ x, dy }) => div(dy, add(x, 1)),
  castRule: 'full',
  range: [-0.9, 3],
});
