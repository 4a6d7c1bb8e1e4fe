// Comparison: at least.
import type { Tensor } from '../../tensor/tensor.js';
import { applyBinary } from '../elementwise/binary-op.js';
import type { Operand } from '../support/operand.js';
import { comparisonOp } from './comparison-op.js';

/** True where a is at least b, under broadcasting. */
export function ge(a: Operand, b: Operand): Tensor {
  return applyBinary(geOp, a, b);
}

export const geOp = comparisonOp('ge', 'true where a is at least b', (a, b) => a >= b);
