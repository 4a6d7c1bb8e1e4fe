// Absolute value; the gradient at zero is zero, as in PyTorch.
import type { Tensor } from '../../tensor/tensor.js';
import { mul } from './mul.js';
import { sign } from './sign.js';
import { unaryOp } from './unary-op.js';

/** |x|. */
export function abs(x: Tensor): Tensor {
  return x.trace.apply(absOp, [x], {})[0];
}

export const absOp = unaryOp({
  name: 'abs',
  summary: '|x|',
  float: Math.abs,
  integer: (x) => (x < 0n ? -x : x),
  gradient: ({ x, dy }) => mul(dy, sign(x)),
});
