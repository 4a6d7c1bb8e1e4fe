// Rounding to the nearest whole number, ties to even; the gradient is zero.
import type { Tensor } from '../../tensor/tensor.js';
import { unaryOp } from './unary-op.js';

/** The whole number nearest to x, ties to even. */
export function round(x: Tensor): Tensor {
  return x.trace.apply(roundOp, [x], {})[0];
}

function halfToEven(x: number): number {
  if (!Number.isFinite(x)) return x;
  const below = Math.floor(x);
  const rest = x - below;
  const nearest = rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
  return nearest === 0 && x < 0 ? -0 : nearest;
}

export const roundOp = unaryOp({
  name: 'round',
  summary: 'the nearest whole number, ties to even',
  float: halfToEven,
  integer: (x) => x,
  gradient: null,
});
