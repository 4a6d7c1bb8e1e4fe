// Comparison: different from.
import type { Tensor } from '../../tensor/tensor.js';
import { applyBinary } from '../elementwise/binary-op.js';
import type { Operand } from '../support/operand.js';
import { comparisonOp } from './comparison-op.js';

/** True where a is different from b, under broadcasting. */
export function ne(a: Operand, b: Operand): Tensor {
  return applyBinary(neOp, a, b);
}

export const neOp = comparisonOp('ne', 'true where a is different from b', (a, b) => a !== b);
