// Comparison: greater than.
import type { Tensor } from '../../tensor/tensor.js';
import { applyBinary } from '../elementwise/binary-op.js';
import type { Operand } from '../support/operand.js';
import { comparisonOp } from './comparison-op.js';

/** True where a is greater than b, under broadcasting. */
export function gt(a: Operand, b: Operand): Tensor {
  return applyBinary(gtOp, a, b);
}

export const gtOp = comparisonOp('gt', 'true where a is greater than b', (a, b) => a > b);
