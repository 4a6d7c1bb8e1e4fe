// True division; integers are divided as f32.
import type { Tensor } from '../../tensor/tensor.js';
import { floatFor, type Operand } from '../support/operand.js';
import { mul } from './mul.js';
import { neg } from './neg.js';
import { applyBinary, binaryOp } from './binary-op.js';

/** a / b, under broadcasting. */
export function div(a: Operand, b: Operand): Tensor {
  return applyBinary(divOp, a, b, floatFor);
}

export const divOp = binaryOp({
  name: 'div',
  linearity: 'quotient',
  summary: 'a / b',
  float: (a, b) => a / b,
  gradient: { a: ({ b, dy }) => div(dy, b), b: ({ b, y, dy }) => neg(mul(dy, div(y, b))) },
  ranges: [
    [-2, 2],
    [0.3, 2],
  ],
});
