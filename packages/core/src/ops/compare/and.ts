// Bitwise conjunction of integers, logical on bool.
import type { Tensor } from '../../tensor/tensor.js';
import { applyBinary, binaryOp } from '../elementwise/binary-op.js';
import type { Operand } from '../support/operand.js';

/** a & b, under broadcasting. */
export function and(a: Operand, b: Operand): Tensor {
  return applyBinary(andOp, a, b);
}

export const andOp = binaryOp({
  name: 'and',
  summary: 'a & b',
  integer: (a, b) => a & b,
  integers: [0, 15],
});
