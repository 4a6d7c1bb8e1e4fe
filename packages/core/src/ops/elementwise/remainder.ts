// The remainder with the sign of the divisor, as Python's %.
import { AutomodelError } from '../../error.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Operand } from '../support/operand.js';
import { applyBinary, binaryOp } from './binary-op.js';
import { floordiv } from './floordiv.js';
import { mul } from './mul.js';
import { neg } from './neg.js';

/** a - b * floor(a / b), under broadcasting. */
export function remainder(a: Operand, b: Operand): Tensor {
  return applyBinary(remainderOp, a, b);
}

/** The remainder of two numbers with the sign of the divisor. */
export function floatRemainder(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

function integerRemainder(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new AutomodelError('bad-data', 'remainder: integer division by zero');
  const rest = a % b;
  return rest !== 0n && rest < 0n !== b < 0n ? rest + b : rest;
}

export const remainderOp = binaryOp({
  name: 'remainder',
  summary: 'a modulo b, with the sign of b',
  float: floatRemainder,
  integer: integerRemainder,
  gradient: { a: ({ dy }) => dy, b: ({ a, b, dy }) => neg(mul(dy, floordiv(a, b))) },
  ranges: [
    [-5, 5],
    [0.3, 2],
  ],
});
