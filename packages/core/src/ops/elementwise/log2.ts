// The logarithm to base 2.
import type { Tensor } from '../../tensor/tensor.js';
import { div } from './div.js';
import { mul } from './mul.js';
import { applyReal, unaryOp } from './unary-op.js';

/** log2 x. */
export function log2(x: Tensor): Tensor {
  return applyReal(log2Op, x, {});
}

export const log2Op = unaryOp({
  name: 'log2',
  summary: 'log2 x',
  float: Math.log2,
  gradient: ({ x, dy }) => div(dy, mul(x, Math.LN2)),
  castRule: 'full',
  range: [0.1, 3],
});
