// One AdamW update (Loshchilov and Hutter 2019) with torch.optim.AdamW's order of arithmetic. With
// flag 0 parameter and moments stay as they are.
import { exactly } from '../../list-length.js';
import { floatsOf, numberIn } from '../support/elements.js';
import { AutomodelError } from '../../error.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { formatShape, sameShape, sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { unreadOperand } from '../support/unread-operand.js';

/** The betas of the moments, and what is added to the root of the second one. */
export type AdamWAttributes = {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
};

/**
 * 0-dimensional f32 inputs of an update, shared by all parameters. `biasCorrection1` is 1 -
 * beta1^t.
 */
export interface AdamWScalars {
  readonly learningRate: Tensor;
  readonly weightDecay: Tensor;
  readonly biasCorrection1: Tensor;
  readonly biasCorrection2: Tensor;
  readonly clipScale: Tensor;
  readonly flag: Tensor;
}

/**
 * parameter, gradient, first and second moment (same shape) -> their new values [parameter, m, v].
 */
export function adamw(
  parameter: Tensor,
  gradient: Tensor,
  m: Tensor,
  v: Tensor,
  scalars: AdamWScalars,
  attrs: AdamWAttributes,
): readonly [parameter: Tensor, m: Tensor, v: Tensor] {
  const { learningRate, weightDecay, biasCorrection1, biasCorrection2, clipScale, flag } = scalars;
  const shared = [learningRate, weightDecay, biasCorrection1, biasCorrection2, clipScale, flag];
  const operands = [parameter, gradient, m, v, ...shared];
  return exactly(parameter.trace.apply(adamwOp, operands, attrs), 3);
}

const SCALARS = [0.01, 0.1, 0.271, 0.003, 0.5].map((value) => ({ shape: [], values: [value] }));
const SAMPLE = [
  { shape: [5, 7] },
  { shape: [5, 7] },
  { shape: [5, 7] },
  { shape: [5, 7], range: [0, 1] as const },
] as const;

export const adamwOp: OpDefinition<AdamWAttributes> = defineOp({
  name: 'adamw',
  summary: 'one AdamW update of a parameter and its moments',
  operands: [
    'parameter',
    'gradient',
    'm',
    'v',
    'learningRate',
    'weightDecay',
    'biasCorrection1',
    'biasCorrection2',
    'clipScale',
    'flag',
  ],
  outputs: ['parameter', 'm', 'v'],
  infer: ({ parameter, gradient, m, v }) => {
    if (![gradient, m, v].every((t) => sameShape(t.shape, parameter.shape)))
      throw new AutomodelError(
        'bad-shape',
        `adamw: gradient ${formatShape(gradient.shape)} or moments do not fit the parameter ` +
          `${formatShape(parameter.shape)}`,
      );
    return [parameter, m, v];
  },
  reference(operands, attrs) {
    const results = [operands.parameter, operands.m, operands.v].map((t) => ({
      ...t,
      data: floatsOf(t).slice(),
    }));
    const [parameter, m, v] = exactly(results, 3);
    if (numberIn(operands.flag) === 0) return [parameter, m, v];
    const learningRate = numberIn(operands.learningRate);
    const decay = 1 - learningRate * numberIn(operands.weightDecay);
    const correction1 = numberIn(operands.biasCorrection1);
    const correction2 = numberIn(operands.biasCorrection2);
    const clip = numberIn(operands.clipScale);
    const gradient = floatsOf(operands.gradient);
    const [p, first, second] = [parameter.data, m.data, v.data];
    for (let i = 0; i < p.length; i++) {
      const g = gradient[i]! * clip;
      p[i]! *= decay;
      first[i]! += (1 - attrs.beta1) * (g - first[i]!);
      second[i] = attrs.beta2 * second[i]! + (1 - attrs.beta2) * g * g;
      p[i]! -=
        ((learningRate / correction1) * first[i]!) /
        (Math.sqrt(second[i]!) / Math.sqrt(correction2) + attrs.eps);
    }
    return [parameter, m, v];
  },
  flops: ({ parameter }) => 12 * sizeOf(parameter.shape),
  castRule: 'follow',
  overwrites: [
    [0, 0],
    [1, 2],
    [2, 3],
  ],
  samples: [
    {
      inputs: [...SAMPLE, ...SCALARS, { shape: [], values: [1] }],
      attrs: { beta1: 0.9, beta2: 0.999, eps: 1e-8 },
      differentiable: [],
    },
    {
      inputs: [...SAMPLE, ...SCALARS, { shape: [], values: [1] }],
      attrs: { beta1: 0.8, beta2: 0.9, eps: 0.25 },
      differentiable: [],
    },
    // A step that is not taken: its gradient is not finite.
    {
      inputs: [
        { shape: [5, 7] },
        unreadOperand([5, 7]),
        ...SAMPLE.slice(2),
        ...SCALARS,
        { shape: [], values: [0] },
      ],
      attrs: { beta1: 0.9, beta2: 0.999, eps: 1e-8 },
      differentiable: [],
    },
  ],
});
