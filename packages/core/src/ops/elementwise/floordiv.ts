// Division rounded toward minus infinity; the gradient is zero.
import { AutomodelError } from '../../error.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Operand } from '../support/operand.js';
import { applyBinary, binaryOp } from './binary-op.js';

/** floor(a / b), under broadcasting. */
export function floordiv(a: Operand, b: Operand): Tensor {
  return applyBinary(floordivOp, a, b);
}

/**
 * PyTorch's order of steps: the exact remainder is subtracted before the division, so that the
 * quotient is whole except for rounding.
 */
function floatFloor(a: number, b: number): number {
  if (b === 0) return a / b;
  const rest = a % b;
  const quotient = (a - rest) / b - (rest !== 0 && b < 0 !== rest < 0 ? 1 : 0);
  if (quotient === 0) return a / b < 0 || Object.is(a / b, -0) ? -0 : 0;
  const floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

function integerFloor(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new AutomodelError('bad-data', 'floordiv: integer division by zero');
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

export const floordivOp = binaryOp({
  name: 'floordiv',
  summary: 'floor(a / b)',
  float: floatFloor,
  integer: integerFloor,
  gradient: { a: null, b: null },
  ranges: [
    [-5, 5],
    [0.3, 2],
  ],
});
