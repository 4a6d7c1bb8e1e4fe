// Multiplication; on bool it is `and`.
import type { Tensor } from '../../tensor/tensor.js';
import type { Operand } from '../support/operand.js';
import { applyBinary, binaryOp } from './binary-op.js';

/** a * b, under broadcasting. */
export function mul(a: Operand, b: Operand): Tensor {
  return applyBinary(mulOp, a, b);
}

export const mulOp = binaryOp({
  name: 'mul',
  linearity: 'product',
  summary: 'a * b',
  float: (a, b) => a * b,
  integer: (a, b) => a * b,
  gradient: { a: ({ b, dy }) => mul(dy, b), b: ({ a, dy }) => mul(dy, a) },
  integers: [-5, 5],
});
