// Division rounded toward minus infinity; the gradient is zero.
import { AutomodelError } from '../../error.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Operand } from '../operand.js';
import { applyBinary, binaryOp } from './binary-op.js';
import { floatRemainder } from './remainder.js';

/** floor(a / b), under broadcasting. */
export function floordiv(a: Operand, b: Operand): Tensor {
  return applyBinary(floordivOp, a, b);
}

function integerFloor(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new AutomodelError('bad-data', 'floordiv: integer division by zero');
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

export const floordivOp = binaryOp({
  name: 'floordiv',
  summary: 'floor(a / b)',
  float: (a, b) => (b === 0 ? a / b : Math.round((a - floatRemainder(a, b)) / b)),
  integer: integerFloor,
  gradient: { a: null, b: null },
  ranges: [[-5, 5], [0.3, 2]],
});
