// Comparison: equal to.
import type { Tensor } from '../../tensor/tensor.js';
import { applyBinary } from '../elementwise/binary-op.js';
import type { Operand } from '../support/operand.js';
import { comparisonOp } from './comparison-op.js';

/** True where a is equal to b, under broadcasting. */
export function eq(a: Operand, b: Operand): Tensor {
  return applyBinary(eqOp, a, b);
}

export const eqOp = comparisonOp('eq', 'true where a is equal to b', (a, b) => a === b);
