// The angle of the point (b, a).
import type { Tensor } from '../../tensor/tensor.js';
import { floatFor, type Operand } from '../support/operand.js';
import { add } from './add.js';
import { div } from './div.js';
import { mul } from './mul.js';
import { neg } from './neg.js';
import { applyBinary, binaryOp } from './binary-op.js';

/** atan2(a, b), under broadcasting. */
export function atan2(a: Operand, b: Operand): Tensor {
  return applyBinary(atan2Op, a, b, floatFor);
}

export const atan2Op = binaryOp({
  name: 'atan2',
  summary: 'atan2(a, b)',
  float: Math.atan2,
  gradient: {
    a: ({ a, b, dy }) => div(mul(dy, b), add(mul(a, a), mul(b, b))),
    b: ({ a, b, dy }) => neg(div(mul(dy, a), add(mul(a, a), mul(b, b)))),
  },
  castRule: 'full',
  ranges: [
    [0.3, 2],
    [-2, 2],
  ],
});
