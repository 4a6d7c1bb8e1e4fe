// Where a tensor is an ordinary number.
import type { Tensor } from '../../tensor/tensor.js';
import { unaryOp } from './unary-op.js';

/** True where x is neither NaN nor infinite. */
export function isfinite(x: Tensor): Tensor {
  return x.trace.apply(isfiniteOp, [x], {})[0];
}

export const isfiniteOp = unaryOp({
  name: 'isfinite',
  summary: 'true where x is neither NaN nor infinite',
  float: (x) => (Number.isFinite(x) ? 1 : 0),
  integer: () => 1n,
  result: 'bool',
});
