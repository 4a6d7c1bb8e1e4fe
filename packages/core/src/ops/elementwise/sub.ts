// Subtraction.
import type { Tensor } from '../../tensor/tensor.js';
import type { Operand } from '../support/operand.js';
import { neg } from './neg.js';
import { applyBinary, binaryOp } from './binary-op.js';

/** a - b, under broadcasting. */
export function sub(a: Operand, b: Operand): Tensor {
  return applyBinary(subOp, a, b);
}

export const subOp = binaryOp({
  name: 'sub',
  linearity: 'sum',
  summary: 'a - b',
  float: (a, b) => a - b,
  integer: (a, b) => a - b,
  gradient: { a: ({ dy }) => dy, b: ({ dy }) => neg(dy) },
  integers: [-5, 5],
});
