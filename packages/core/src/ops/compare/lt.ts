// Comparison: less than.
import type { Tensor } from '../../tensor/tensor.js';
import { applyBinary } from '../elementwise/binary-op.js';
import type { Operand } from '../support/operand.js';
import { comparisonOp } from './comparison-op.js';

/** True where a is less than b, under broadcasting. */
export function lt(a: Operand, b: Operand): Tensor {
  return applyBinary(ltOp, a, b);
}

export const ltOp = comparisonOp('lt', 'true where a is less than b', (a, b) => a < b);
