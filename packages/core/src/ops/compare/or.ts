// Bitwise disjunction of integers, logical on bool.
import type { Tensor } from '../../tensor/tensor.js';
import { applyBinary, binaryOp } from '../elementwise/binary-op.js';
import type { Operand } from '../support/operand.js';

/** a | b, under broadcasting. */
export function or(a: Operand, b: Operand): Tensor {
  return applyBinary(orOp, a, b);
}

export const orOp = binaryOp({
  name: 'or',
  summary: 'a | b',
  integer: (a, b) => a | b,
  integers: [0, 15],
});
