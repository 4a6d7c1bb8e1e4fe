// Rounding toward plus infinity; the gradient is zero.
import type { Tensor } from '../../tensor/tensor.js';
import { unaryOp } from './unary-op.js';

/** The smallest whole number not below x. */
export function ceil(x: Tensor): Tensor {
  return x.trace.apply(ceilOp, [x], {})[0];
}

export const ceilOp = unaryOp({
  name: 'ceil',
  summary: 'the smallest whole number not below x',
  float: Math.ceil,
  integer: (x) => x,
  gradient: null,
});
