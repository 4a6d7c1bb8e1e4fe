// Where a tensor is not a number.
import type { Tensor } from '../../tensor/tensor.js';
import { unaryOp } from './unary-op.js';

/** True where x is NaN. */
export function isnan(x: Tensor): Tensor {
  return x.trace.apply(isnanOp, [x], {})[0];
}

export const isnanOp = unaryOp({
  name: 'isnan',
  summary: 'true where x is NaN',
  float: (x) => (Number.isNaN(x) ? 1 : 0),
  integer: () => 0n,
  result: 'bool',
});
