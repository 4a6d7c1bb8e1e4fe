// Negation.
import type { Tensor } from '../../tensor/tensor.js';
import { unaryOp } from './unary-op.js';

/** -x. */
export function neg(x: Tensor): Tensor {
  return x.trace.apply(negOp, [x], {})[0];
}

export const negOp = unaryOp({
  name: 'neg',
  linear: true,
  summary: '-x',
  float: (x) => -x,
  integer: (x) => -x,
  gradient: ({ dy }) => neg(dy),
});
