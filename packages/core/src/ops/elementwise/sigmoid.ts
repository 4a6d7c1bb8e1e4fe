// The logistic function.
import type { Tensor } from '../../tensor/tensor.js';
import { mul } from './mul.js';
import { sub } from './sub.js';
import { applyReal, unaryOp } from './unary-op.js';

/** 1 / (1 + e^-x). */
export function sigmoid(x: Tensor): Tensor {
  return applyReal(sigmoidOp, x, {});
}

export const sigmoidOp = unaryOp({
  name: 'sigmoid',
  summary: '1 / (1 + e^-x)',
  float: (x) => 1 / (1 + Math.exp(-x)),
  gradient: ({ y, dy }) => mul(dy, mul(y, sub(1, y))),
});
