// Rectified linear unit; the gradient at zero is zero.
import type { Tensor } from '../../tensor/tensor.js';
import { gt } from '../compare/gt.js';
import { where } from '../select/where.js';
import { unaryOp } from './unary-op.js';

/** max(x, 0), NaN kept. */
export function relu(x: Tensor): Tensor {
  return x.trace.apply(reluOp, [x], {})[0];
}

export const reluOp = unaryOp({
  name: 'relu',
  summary: 'max(x, 0), NaN kept',
  float: (x) => (x <= 0 ? 0 : x),
  integer: (x) => (x > 0n ? x : 0n),
  gradient: ({ x, dy }) => where(gt(x, 0), dy, 0),
});
