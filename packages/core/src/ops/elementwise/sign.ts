// The sign, 0 at zero and for NaN, as in PyTorch; the gradient is zero.
import type { Tensor } from '../../tensor/tensor.js';
import { unaryOp } from './unary-op.js';

/** -1, 0 or 1. */
export function sign(x: Tensor): Tensor {
  return x.trace.apply(signOp, [x], {})[0];
}

export const signOp = unaryOp({
  name: 'sign',
  summary: '-1, 0 or 1',
  float: (x) => (Number.isNaN(x) ? 0 : Math.sign(x)),
  integer: (x) => BigInt(x > 0n) - BigInt(x < 0n),
  gradient: null,
});
