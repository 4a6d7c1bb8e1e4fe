// The smaller of two; NaN wins. The gradient goes half to each where they are equal, as in PyTorch.
import type { Tensor } from '../../tensor/tensor.js';
import type { Operand } from '../operand.js';
import { eq } from '../compare/eq.js';
import { lt } from '../compare/lt.js';
import { mul } from './mul.js';
import { where } from '../select/where.js';
import { applyBinary, binaryOp } from './binary-op.js';

/** The smaller of a and b, under broadcasting. */
export function minimum(a: Operand, b: Operand): Tensor {
  return applyBinary(minimumOp, a, b);
}

/** The part of dy that goes to `own`. */
function share(own: Tensor, other: Tensor, dy: Tensor): Tensor {
  return where(eq(own, other), mul(dy, 0.5), where(lt(own, other), dy, 0));
}

export const minimumOp = binaryOp({
  name: 'minimum',
  summary: 'the smaller of a and b',
  float: Math.min,
  integer: (a, b) => (a < b ? a : b),
  gradient: { a: ({ a, b, dy }) => share(a, b, dy), b: ({ a, b, dy }) => share(b, a, dy) },
  integers: [-5, 5],
});
