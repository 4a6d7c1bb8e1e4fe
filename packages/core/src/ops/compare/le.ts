// Comparison: at most.
import type { Tensor } from '../../tensor/tensor.js';
import { applyBinary } from '../elementwise/binary-op.js';
import type { Operand } from '../support/operand.js';
import { comparisonOp } from './comparison-op.js';

/** True where a is at most b, under broadcasting. */
export function le(a: Operand, b: Operand): Tensor {
  return applyBinary(leOp, a, b);
}

export const leOp = comparisonOp('le', 'true where a is at most b', (a, b) => a <= b);
