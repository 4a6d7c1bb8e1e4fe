// The smaller of two; NaN wins. Where they are equal, each gets half of the gradient, as in
// PyTorch.
import type { Tensor } from '../../tensor/tensor.js';
import type { Operand } from '../support/operand.js';
import { eq } from '../compare/eq.js';
import { gt } from '../compare/gt.js';
import { mul } from './mul.js';
import { where } from '../select/where.js';
import { applyBinary, binaryOp } from './binary-op.js';

/** The smaller of a and b, under broadcasting. */
export function minimum(a: Operand, b: Operand): Tensor {
  return applyBinary(minimumOp, a, b);
}

/** The part of dy that goes to `own`; beside a NaN it is all of it, for both. */
function share(own: Tensor, other: Tensor, dy: Tensor): Tensor {
  return where(eq(own, other), mul(dy, 0.5), where(gt(own, other), 0, dy));
}

export const minimumOp = binaryOp({
  name: 'minimum',
  summary: 'the smaller of a and b',
  float: Math.min,
  integer: (a, b) => (a < b ? a : b),
  gradient: { a: ({ a, b, dy }) => share(a, b, dy), b: ({ a, b, dy }) => share(b, a, dy) },
  integers: [-5, 5],
});
