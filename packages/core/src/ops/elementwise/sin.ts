// The sine.
import type { Tensor } from '../../tensor/tensor.js';
import { cos } from './cos.js';
import { mul } from './mul.js';
import { applyReal, unaryOp } from './unary-op.js';

/** sin x. */
export function sin(x: Tensor): Tensor {
  return applyReal(sinOp, x, {});
}

export const sinOp = unaryOp({
  name: 'sin',
  summary: 'sin x',
  float: Math.sin,
  gradient: ({ x, dy }) => mul(dy, cos(x)),
  range: [-9, 9],
});
