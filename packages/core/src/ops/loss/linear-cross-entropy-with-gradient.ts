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
import { defineOp, type Cost, type OpDefinition } from '../define-op.js';
import {
  checkLinearCrossEntropy,
  linearCrossEntropy,
  type LinearCrossEntropyAttributes,
} from './linear-cross-entropy.js';
import { lossGradients } from './linear-cross-entropy-backward.js';
import { accumulatorOperand } from '../unread-operand.js';

const infer = (inputs: readonly (TensorType | undefined)[]): TensorType[] => {
  checkLinearCrossEntropy('linear_cross_entropy_with_gradient', inputs);
  const [x, weight] = [inputs[0]!, inputs[1]!];
  return [
    { shape: [], dtype: 'f32' },
    { shape: [x.shape[0]!], dtype: 'f32' },
    { shape: x.shape, dtype: x.dtype },
    { shape: weight.shape, dtype: weight.dtype },
  ];
};

const cost = (inputs: readonly (TensorType | undefined)[]): Cost => {
  const products = inputs[0]!.shape[0]! * inputs[1]!.shape[0]! * inputs[1]!.shape[1]!;
  return { flops: 6 * products, bytes: 12 * inputs[1]!.shape[0]! * inputs[1]!.shape[1]! };
};

const decompose = (
  inputs: readonly (Tensor | undefined)[],
  attrs: LinearCrossEntropyAttributes,
): Tensor[] => {
  const { loss, nll } = linearCrossEntropy(
    inputs[0]!,
    inputs[1]!,
    inputs[2]!,
    inputs[3]!,
    attrs.softcap,
  );
  return [loss, nll, ...lossGradients(full([], 1, 'f32'), inputs, attrs)];
};

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
export const linearCrossEntropyWithGradientOp: OpDefinition<LinearCrossEntropyAttributes> =
  defineOp<LinearCrossEntropyAttributes>({
    name: 'linear_cross_entropy_with_gradient',
    summary: 'loss of linear_cross_entropy and its adjoints in one pass',
    infer,
    decompose,
    cost,
    precision: 'compute',
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
export const linearCrossEntropyWithGradientAccumulateOp: OpDefinition<LinearCrossEntropyAttributes> =
  defineOp<LinearCrossEntropyAttributes>({
    name: 'linear_cross_entropy_with_gradient_accumulate',
    summary:
      'linear_cross_entropy_with_gradient whose weight gradient is added to keep * accumulator',
    infer,
    decompose: (inputs, attrs) => {
      const [loss, nll, dx, dweight] = decompose(inputs.slice(0, 4), attrs);
      const [accumulator, keep] = [cast(inputs[4]!, 'f32'), inputs[5]!];
      const kept = where(eq(keep, 0), 0, mul(accumulator, keep));
      return [loss!, nll!, dx!, cast(add(kept, cast(dweight!, 'f32')), inputs[4]!.dtype)];
    },
    cost,
    precision: 'compute',
    overwrites: [[3, 4]],
    samples: [1, 0].map((keep) => ({
      inputs: [...SAMPLE, accumulatorOperand([11, 8], keep), { shape: [], values: [keep] }],
      attrs: { softcap: 0, compute: 'f32' } as const,
      differentiable: [],
    })),
  });
