// Bitwise exclusive or of integers, logical on bool.
import type { Tensor } from '../../tensor/tensor.js';
import { applyBinary, binaryOp } from '../elementwise/binary-op.js';
import type { Operand } from '../support/operand.js';

/** a ^ b, under broadcasting. */
export function xor(a: Operand, b: Operand): Tensor {
  return applyBinary(xorOp, a, b);
}

export const xorOp = binaryOp({
  name: 'xor',
  summary: 'a ^ b',
  integer: (a, b) => a ^ b,
  integers: [0, 15],
});
