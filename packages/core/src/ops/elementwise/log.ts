// The natural logarithm.
import type { Tensor } from '../../tensor/tensor.js';
import { div } from './div.js';
import { applyReal, unaryOp } from './unary-op.js';

/** ln x. */
export function log(x: Tensor): Tensor {
  return applyReal(logOp, x, {});
}

export const logOp = unaryOp({
  name: 'log',
  summary: 'ln x',
  float: Math.log,
  gradient: ({ x, dy }) => div(dy, x),
  castRule: 'full',
  range: [0.1, 3],
});
