// The cosine.
import type { Tensor } from '../../tensor/tensor.js';
import { mul } from './mul.js';
import { neg } from './neg.js';
import { sin } from './sin.js';
import { applyReal, unaryOp } from './unary-op.js';

/** cos x. */
export function cos(x: Tensor): Tensor {
  return applyReal(cosOp, x, {});
}

export const cosOp = unaryOp({
  name: 'cos',
  summary: 'cos x',
  float: Math.cos,
  gradient: ({ x, dy }) => neg(mul(dy, sin(x))),
  range: [-9, 9],
});
