// Softplus, a smooth rectifier: linear where beta * x exceeds the threshold, as in PyTorch.
import type { Tensor } from '../../tensor/tensor.js';
import { gt } from '../compare/gt.js';
import { where } from '../select/where.js';
import { mul } from './mul.js';
import { sigmoid } from './sigmoid.js';
import { applyReal, unaryOp } from './unary-op.js';

export type SoftplusAttributes = { readonly beta: number; readonly threshold: number };

/** ln(1 + e^(beta x)) / beta; x where beta x > threshold. */
export function softplus(x: Tensor, beta = 1, threshold = 20): Tensor {
  return applyReal(softplusOp, x, { beta, threshold });
}

export const softplusOp = unaryOp<SoftplusAttributes>({
  name: 'softplus',
  summary: 'ln(1 + e^(beta x)) / beta',
  float: (x, { beta, threshold }) =>
    beta * x > threshold ? x : Math.log1p(Math.exp(beta * x)) / beta,
  gradient: ({ x, dy, attrs }) => {
    const scaled = mul(x, attrs.beta);
    return where(gt(scaled, attrs.threshold), dy, mul(dy, sigmoid(scaled)));
  },
  castRule: 'full',
  range: [-4, 4],
  attributes: [
    { beta: 1, threshold: 20 },
    { beta: 2, threshold: 5 },
  ],
});
