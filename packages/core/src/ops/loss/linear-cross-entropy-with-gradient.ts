// Loss and adjoints of the last product in one op, for an adjoint of the loss of exactly 1 (the
// loss is the root of differentiation): each block of logits is computed once and turned into its
// gradient in place. Made by the pass fuse-loss; models never call it.
import type { TensorType } from '../../graph/graph.js';
import type { Tensor } from '../../tensor/tensor.js';
import { add } from '../elementwise/add.js';
import { mul } from '../elementwise/mul.js';
import { eq } from '../compare/eq.js';
import { where } from '../select/where.js';
import { full } from '../creation/full.js';
import { cast } from '../cast/cast.js';
import { elementsOf } from '../support/default-cost.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import {
  checkLinearCrossEntropy,
  linearCrossEntropy,
  type LinearCrossEntropyAttributes,
  type LinearCrossEntropyOperands,
} from './linear-cross-entropy.js';
import { lossGradientFlops, lossGradients } from './linear-cross-entropy-backward.js';
import { accumulatorOperand } from '../support/unread-operand.js';

type LossOp = OpDefinition<LinearCrossEntropyAttributes>;
type Operands<T> = LinearCrossEntropyOperands<T>;
type Results<T> = readonly [loss: T, nll: T, dx: T, dweight: T];

function infer(operands: Operands<TensorType>): Results<TensorType> {
  checkLinearCrossEntropy('linear_cross_entropy_with_gradient', operands);
  const { x, weight, targets } = operands;
  return [{ shape: [], dtype: 'f32' }, { shape: targets.shape, dtype: 'f32' }, x, weight];
}

function decompose(
  operands: Operands<Tensor>,
  attrs: LinearCrossEntropyAttributes,
): Results<Tensor> {
  const { x, weight, targets, scale } = operands;
  const { loss, nll } = linearCrossEntropy(x, weight, targets, scale, attrs.softcap);
  return [loss, nll, ...lossGradients(full([], 1, 'f32'), operands, attrs)];
}

const SAMPLE = [
  { shape: [5, 8] },
  { shape: [11, 8] },
  { shape: [5], dtype: 'i32' as const, values: [3, -100, 10, 0, 3] },
  { shape: [], values: [0.25] },
] as const;

/**
 * x[T,D], weight[V,D], targets i32[T], scale f32[] -> [loss f32[], nll f32[T], dx[T,D],
 * dweight[V,D]].
 */
export const linearCrossEntropyWithGradientOp: LossOp = defineOp({
  name: 'linear_cross_entropy_with_gradient',
  summary: 'loss of linear_cross_entropy and its adjoints in one pass',
  operands: ['x', 'weight', 'targets', 'scale'],
  outputs: ['loss', 'nll', 'dx', 'dweight'],
  infer,
  decompose,
  flops: lossGradientFlops,
  castRule: 'compute',
  accumulating: { output: 3, op: () => linearCrossEntropyWithGradientAccumulateOp },
  samples: [
    { inputs: SAMPLE, attrs: { softcap: 0, compute: 'f32' }, differentiable: [] },
    { inputs: SAMPLE, attrs: { softcap: 2, compute: 'f32' }, differentiable: [] },
  ],
});

/**
 * The same with dweight = keep * accumulator + dweight. Operands: x, weight, targets, scale,
 * accumulator[V,D], keep f32[].
 */
export const linearCrossEntropyWithGradientAccumulateOp: LossOp = defineOp({
  name: 'linear_cross_entropy_with_gradient_accumulate',
  summary:
    'linear_cross_entropy_with_gradient whose weight gradient is added to keep * accumulator',
  operands: ['x', 'weight', 'targets', 'scale', 'accumulator', 'keep'],
  outputs: ['loss', 'nll', 'dx', 'dweight'],
  infer,
  decompose: ({ accumulator, keep, ...operands }, attrs) => {
    const [loss, nll, dx, dweight] = decompose(operands, attrs);
    const kept = where(eq(keep, 0), 0, mul(cast(accumulator, 'f32'), keep));
    return [loss, nll, dx, cast(add(kept, cast(dweight, 'f32')), accumulator.dtype)];
  },
  flops: (operands, outputs) =>
    lossGradientFlops(operands, outputs) + elementsOf([outputs.dweight]),
  castRule: 'compute',
  overwrites: [[3, 4]],
  samples: [1, 0].map((keep) => ({
    inputs: [...SAMPLE, accumulatorOperand([11, 8], keep), { shape: [], values: [keep] }],
    attrs: { softcap: 0, compute: 'f32' } as const,
    differentiable: [],
  })),
});
