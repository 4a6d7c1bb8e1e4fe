// Where a tensor is infinite.
import type { Tensor } from '../../tensor/tensor.js';
import { unaryOp } from './unary-op.js';

/** True where x is infinite. */
export function isinf(x: Tensor): Tensor {
  return x.trace.apply(isinfOp, [x], {})[0];
}

export const isinfOp = unaryOp({
  name: 'isinf',
  summary: 'true where x is infinite',
  float: (x) => (x === Infinity || x === -Infinity ? 1 : 0),
  integer: () => 0n,
  result: 'bool',
});
