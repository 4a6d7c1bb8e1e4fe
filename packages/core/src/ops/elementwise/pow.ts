// Powers. Zero to the power zero is one; the gradient with respect to the exponent is zero where
// the base is zero, as in PyTorch.
import { AutomodelError } from '../../error.js';
import type { Tensor } from '../../tensor/tensor.js';
import { eq } from '../compare/eq.js';
import { constantNumber } from '../creation/constant.js';
import type { Operand } from '../support/operand.js';
import { where } from '../select/where.js';
import { applyBinary, binaryOp } from './binary-op.js';
import { log } from './log.js';
import { mul } from './mul.js';
import { sub } from './sub.js';

/** a ^ b, under broadcasting. */
export function pow(a: Operand, b: Operand): Tensor {
  return applyBinary(powOp, a, b);
}

/**
 * C's pow: one to any power is one, NaN included, and so is minus one to an infinite one;
 * JavaScript gives NaN.
 */
const floatPower = (a: number, b: number): number =>
  a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b;

/** dy * b * a^(b-1); a constant exponent, the usual case, is folded. */
function baseAdjoint(a: Tensor, b: Tensor, dy: Tensor): Tensor {
  const exponent = constantNumber(b);
  if (exponent === undefined) return where(eq(b, 0), 0, mul(dy, mul(b, pow(a, sub(b, 1)))));
  if (exponent === 0) return mul(dy, 0);
  if (exponent === 1) return dy;
  return mul(dy, mul(exponent === 2 ? a : pow(a, exponent - 1), exponent));
}

function integerPower(a: bigint, b: bigint): bigint {
  if (b < 0n)
    throw new AutomodelError(
      'bad-data',
      `pow: integers to negative integer powers are not allowed (${a} ^ ${b})`,
    );
  return BigInt.asIntN(64, a ** b);
}

export const powOp = binaryOp({
  name: 'pow',
  summary: 'a ^ b',
  float: floatPower,
  integer: integerPower,
  gradient: {
    a: ({ a, b, dy }) => baseAdjoint(a, b, dy),
    b: ({ a, y, dy }) => where(eq(a, 0), 0, mul(dy, mul(y, log(a)))),
  },
  castRule: 'full',
  ranges: [
    [0.2, 2],
    [-2, 2],
  ],
});
