// The error function. The reference sums the series 2/sqrt(pi) e^(-x^2) sum of 2^n x^(2n+1) /
// (2n+1)!! (Abramowitz and Stegun 7.1.6), whose terms have one sign.
import type { Tensor } from '../../tensor/tensor.js';
import { exp } from './exp.js';
import { mul } from './mul.js';
import { neg } from './neg.js';
import { applyReal, unaryOp } from './unary-op.js';

/** erf(x). */
export function erf(x: Tensor): Tensor {
  return applyReal(erfOp, x, {});
}

/** erf of a number, to about 1e-15. */
export function erfNumber(x: number): number {
  if (Number.isNaN(x)) return x;
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

export const erfOp = unaryOp({
  name: 'erf',
  summary: 'the error function',
  float: erfNumber,
  gradient: ({ x, dy }) => mul(dy, mul(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI))),
});
