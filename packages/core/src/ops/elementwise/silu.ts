// Sigmoid linear unit, also called swish (Elfwing et al. 2017).
import type { Tensor } from '../../tensor/tensor.js';
import { add } from './add.js';
import { mul } from './mul.js';
import { sigmoid } from './sigmoid.js';
import { sub } from './sub.js';
import { applyReal, unaryOp } from './unary-op.js';

/** x * sigmoid(x). */
export function silu(x: Tensor): Tensor {
  return applyReal(siluOp, x, {});
}

/** With s = sigmoid(x): dy * s * (1 + x * (1 - s)). */
function siluAdjoint(x: Tensor, dy: Tensor): Tensor {
  const s = sigmoid(x);
  return mul(dy, mul(s, add(mul(x, sub(1, s)), 1)));
}

export const siluOp = unaryOp({
  name: 'silu',
  summary: 'x * sigmoid(x)',
  float: (x) => x / (1 + Math.exp(-x)),
  gradient: ({ x, dy }) => siluAdjoint(x, dy),
});
