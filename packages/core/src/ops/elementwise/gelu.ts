// Gaussian error linear unit (Hendrycks and Gimpel 2016), exact or with the tanh approximation.
import type { Tensor } from '../../tensor/tensor.js';
import { add } from './add.js';
import { erf, erfNumber } from './erf.js';
import { exp } from './exp.js';
import { mul } from './mul.js';
import { sub } from './sub.js';
import { tanh } from './tanh.js';
import { applyReal, unaryOp } from './unary-op.js';

/** `none`: exact, with the error function. */
export type GeluAttributes = { readonly approximate: 'none' | 'tanh' };

const SCALE = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/** x * Phi(x); with 'tanh' Phi is 0.5 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))). */
export function gelu(x: Tensor, approximate: GeluAttributes['approximate'] = 'none'): Tensor {
  return applyReal(geluOp, x, { approximate });
}

/** dy * (Phi(x) + x * density(x)). */
function exactAdjoint(x: Tensor, dy: Tensor): Tensor {
  const phi = mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5);
  const density = mul(exp(mul(mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return mul(dy, add(phi, mul(x, density)));
}

/** With t = tanh(u(x)): dy * (0.5 (1 + t) + 0.5 x (1 - t^2) u'(x)). */
function tanhAdjoint(x: Tensor, dy: Tensor): Tensor {
  const square = mul(x, x);
  const t = tanh(mul(mul(x, add(mul(square, CUBIC), 1)), SCALE));
  const slope = mul(add(mul(square, 3 * CUBIC), 1), SCALE);
  const curve = mul(mul(x, sub(1, mul(t, t))), slope);
  return mul(dy, mul(add(add(t, 1), curve), 0.5));
}

export const geluOp = unaryOp<GeluAttributes>({
  name: 'gelu',
  summary: 'x times the normal distribution function of x',
  float: (x, { approximate }) =>
    0.5 *
    x *
    (1 +
      (approximate === 'none'
        ? erfNumber(x * Math.SQRT1_2)
        : Math.tanh(SCALE * (x + CUBIC * x ** 3)))),
  gradient: ({ x, dy, attrs }) =>
    attrs.approximate === 'none' ? exactAdjoint(x, dy) : tanhAdjoint(x, dy),
  range: [-4, 4],
  attributes: [{ approximate: 'none' }, { approximate: 'tanh' }],
});
