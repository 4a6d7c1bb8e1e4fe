// One AdamW update (Loshchilov and Hutter 2019) with torch.optim.AdamW's order of arithmetic. With
// flag 0 parameter and moments stay as they are.
import { AutomodelError } from '../../error.js';
import { defineOp, type OpDefinition } from '../define-op.js';
import type { HostTensor } from '../../tensor/host-tensor.js';
import { formatShape, sameShape, sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { unreadOperand } from '../unread-operand.js';

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
): [parameter: Tensor, m: Tensor, v: Tensor] {
  const { learningRate, weightDecay, biasCorrection1, biasCorrection2, clipScale, flag } = scalars;
  return parameter.trace.apply(
    adamwOp,
    [
      parameter,
      gradient,
      m,
      v,
      learningRate,
      weightDecay,
      biasCorrection1,
      biasCorrection2,
      clipScale,
      flag,
    ],
    attrs,
  ) as [Tensor, Tensor, Tensor];
}

function reference(
  inputs: readonly (HostTensor | undefined)[],
  attrs: AdamWAttributes,
): HostTensor[] {
  const [parameter, gradient, m, v] = inputs as HostTensor[];
  const [lr, decay, correction1, correction2, clip, flag] = inputs
    .slice(4)
    .map((t) => Number(t!.data[0])) as [number, number, number, number, number, number];
  const results = [parameter!, m!, v!].map((t) => ({
    ...t,
    data: (t.data as Float64Array).slice(),
  }));
  if (flag === 0) return results;
  const [p, first, second] = results.map((t) => t.data) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let i = 0; i < p.length; i++) {
    const g = Number(gradient!.data[i]) * clip;
    p[i]! *= 1 - lr * decay;
    first[i]! += (1 - attrs.beta1) * (g - first[i]!);
    second[i] = attrs.beta2 * second[i]! + (1 - attrs.beta2) * g * g;
    p[i]! -=
      ((lr / correction1) * first[i]!) /
      (Math.sqrt(second[i]!) / Math.sqrt(correction2) + attrs.eps);
  }
  return results;
}

const SCALARS = [0.01, 0.1, 0.271, 0.003, 0.5].map((value) => ({ shape: [], values: [value] }));
const SAMPLE = [
  { shape: [5, 7] },
  { shape: [5, 7] },
  { shape: [5, 7] },
  { shape: [5, 7], range: [0, 1] as const },
] as const;

export const adamwOp: OpDefinition<AdamWAttributes> = defineOp<AdamWAttributes>({
  name: 'adamw',
  summary: 'one AdamW update of a parameter and its moments',
  infer: (inputs) => {
    const [parameter, gradient, m, v] = [inputs[0]!, inputs[1]!, inputs[2]!, inputs[3]!];
    if (![gradient, m, v].every((t) => sameShape(t.shape, parameter.shape)))
      throw new AutomodelError(
        'bad-shape',
        `adamw: gradient ${formatShape(gradient.shape)} or moments do not fit the parameter ` +
          `${formatShape(parameter.shape)}`,
      );
    return [parameter, m, v].map((t) => ({ shape: t.shape, dtype: t.dtype }));
  },
  reference,
  cost: (inputs) => ({
    flops: 12 * sizeOf(inputs[0]!.shape),
    bytes: 28 * sizeOf(inputs[0]!.shape),
  }),
  precision: 'follow',
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
