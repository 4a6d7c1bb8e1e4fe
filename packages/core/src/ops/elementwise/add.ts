// Addition; on bool it is `or`, as in PyTorch.
import type { Tensor } from '../../tensor/tensor.js';
import type { Operand } from '../support/operand.js';
import { applyBinary, binaryOp } from './binary-op.js';

/** a + b, under broadcasting. */
export function add(a: Operand, b: Operand): Tensor {
  return applyBinary(addOp, a, b);
}

export const addOp = binaryOp({
  name: 'add',
  linearity: 'sum',
  summary: 'a + b',
  float: (a, b) => a + b,
  integer: (a, b) => a + b,
  gradient: { a: ({ dy }) => dy, b: ({ dy }) => dy },
  integers: [-5, 5],
});
