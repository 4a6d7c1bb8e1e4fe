// One step of stochastic gradient descent with torch.optim.SGD's arithmetic: coupled weight decay,
// momentum, dampening 0, Nesterov. With flag 0 nothing changes.
import { floatsOf, numberIn } from '../support/elements.js';
import { AutomodelError } from '../../error.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { formatShape, sameShape, sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { unreadOperand } from '../support/unread-operand.js';

/** `momentum` 0: no buffer is kept. */
export type SgdAttributes = { readonly momentum: number; readonly nesterov: boolean };

/** 0-dimensional f32 inputs of an update. */
export interface SgdScalars {
  readonly learningRate: Tensor;
  readonly weightDecay: Tensor;
  readonly clipScale: Tensor;
  readonly flag: Tensor;
}

/**
 * parameter, gradient, momentum buffer (same shape; undefined when momentum is 0) -> new
 * [parameter, buffer]. A zero buffer gives PyTorch's first step.
 */
export function sgd(
  parameter: Tensor,
  gradient: Tensor,
  buffer: Tensor | undefined,
  scalars: SgdScalars,
  attrs: SgdAttributes,
): [parameter: Tensor, buffer: Tensor | undefined] {
  const { learningRate, weightDecay, clipScale, flag } = scalars;
  const [next, nextBuffer] = parameter.trace.apply(
    sgdOp,
    [parameter, gradient, buffer, learningRate, weightDecay, clipScale, flag],
    attrs,
  );
  return [next, buffer === undefined ? undefined : nextBuffer];
}

const SCALARS = [0.1, 0.01, 0.5, 1].map((value) => ({ shape: [], values: [value] }));

export const sgdOp: OpDefinition<SgdAttributes> = defineOp({
  name: 'sgd',
  summary: 'one step of stochastic gradient descent',
  operands: [
    'parameter',
    'gradient',
    'buffer?',
    'learningRate',
    'weightDecay',
    'clipScale',
    'flag',
  ],
  outputs: ['parameter', 'buffer'],
  infer: ({ parameter, gradient, buffer }) => {
    if (!sameShape(parameter.shape, gradient.shape))
      throw new AutomodelError(
        'bad-shape',
        `sgd: gradient ${formatShape(gradient.shape)} does not fit the parameter ` +
          `${formatShape(parameter.shape)}`,
      );
    return [parameter, buffer ?? { shape: [0], dtype: 'f32' }];
  },
  reference({ parameter, gradient, buffer, ...scalars }, attrs) {
    const [lr, decay] = [numberIn(scalars.learningRate), numberIn(scalars.weightDecay)];
    const clip = numberIn(scalars.clipScale);
    const p = floatsOf(parameter).slice();
    const b = buffer === undefined ? new Float64Array(0) : floatsOf(buffer).slice();
    if (numberIn(scalars.flag) !== 0)
      for (let i = 0; i < p.length; i++) {
        let step = Number(gradient.data[i]) * clip + decay * p[i]!;
        if (buffer !== undefined) {
          b[i] = attrs.momentum * b[i]! + step;
          step = attrs.nesterov ? step + attrs.momentum * b[i]! : b[i]!;
        }
        p[i]! -= lr * step;
      }
    return [
      { ...parameter, data: p },
      buffer === undefined ? { shape: [0], dtype: 'f32', data: b } : { ...buffer, data: b },
    ];
  },
  flops: ({ parameter }) => 6 * sizeOf(parameter.shape),
  castRule: 'follow',
  overwrites: [
    [0, 0],
    [1, 2],
  ],
  samples: [
    {
      inputs: [{ shape: [5, 7] }, { shape: [5, 7] }, { shape: [5, 7] }, ...SCALARS],
      attrs: { momentum: 0.9, nesterov: false },
      differentiable: [],
    },
    {
      inputs: [{ shape: [5, 7] }, { shape: [5, 7] }, { shape: [5, 7] }, ...SCALARS],
      attrs: { momentum: 0.9, nesterov: true },
      differentiable: [],
    },
    {
      inputs: [{ shape: [5, 7] }, { shape: [5, 7] }, null, ...SCALARS],
      attrs: { momentum: 0, nesterov: false },
      differentiable: [],
    },
    // A step that is not taken: its gradient is not finite.
    {
      inputs: [
        { shape: [5, 7] },
        unreadOperand([5, 7]),
        { shape: [5, 7] },
        ...SCALARS.slice(0, 3),
        { shape: [], values: [0] },
      ],
      attrs: { momentum: 0.9, nesterov: false },
      differentiable: [],
    },
  ],
});
