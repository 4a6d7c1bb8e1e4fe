// gradient_accumulate of several gradients at once: states of biases and norms are so small that
// starting a kernel for each costs more than its work.
import { AutomodelError } from '../../error.js';
import type { TensorType } from '../../graph/graph.js';
import { bytesOf } from '../../tensor/dtype.js';
import { sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpDefinition } from '../define-op.js';
import type { NoAttributes } from '../operand.js';
import { gradientAccumulate, gradientAccumulateOp } from './gradient-accumulate.js';
import { accumulatorOperand } from '../unread-operand.js';

/** Most gradients of one node. */
export const MAX_GRADIENTS = 64;

/** Operands are keep f32[], then state and gradient of each. */
const pairs = <T>(inputs: readonly (T | undefined)[]): (readonly [state: T, gradient: T])[] =>
  Array.from(
    { length: (inputs.length - 1) / 2 },
    (_, i) => [inputs[1 + 2 * i]!, inputs[2 + 2 * i]!] as const,
  );

function infer(inputs: readonly (TensorType | undefined)[]): TensorType[] {
  if (inputs.length < 3 || inputs.length % 2 === 0 || inputs.length > 1 + 2 * MAX_GRADIENTS)
    throw new AutomodelError(
      'bad-argument',
      `gradient_accumulate_many takes keep and up to ${MAX_GRADIENTS} pairs of state and ` +
        `gradient, not ${inputs.length} operands`,
    );
  return pairs(inputs).flatMap(([state, gradient]) =>
    gradientAccumulateOp.infer([state, gradient, inputs[0]], {}),
  );
}

export const gradientAccumulateManyOp: OpDefinition<NoAttributes> = defineOp<NoAttributes>({
  name: 'gradient_accumulate_many',
  summary: 'keep * state + gradient, for several states',
  infer,
  decompose: (inputs) =>
    pairs<Tensor>(inputs).map(([state, gradient]) =>
      gradientAccumulate(state, gradient, inputs[0]!),
    ),
  cost: (_inputs, outputs) => {
    const total = (of: (t: TensorType) => number): number =>
      outputs.reduce((sum, t) => sum + of(t), 0);
    return {
      flops: 2 * total((t) => sizeOf(t.shape)),
      bytes: 3 * total((t) => sizeOf(t.shape) * bytesOf(t.dtype)),
    };
  },
  precision: 'follow',
  overwrites: Array.from({ length: MAX_GRADIENTS }, (_, i) => [i, 1 + 2 * i] as const),
  samples: [1, 0].map((keep) => ({
    inputs: [
      { shape: [], values: [keep] },
      accumulatorOperand([4, 3], keep),
      { shape: [4, 3] },
      accumulatorOperand([], keep),
      { shape: [] },
      { shape: [0] },
      { shape: [0] },
      accumulatorOperand([300], keep),
      { shape: [300] },
    ],
    attrs: {},
    differentiable: [],
  })),
});
