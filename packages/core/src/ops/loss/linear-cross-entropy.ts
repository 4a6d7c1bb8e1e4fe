// The last product of a language model and its loss in one op, so that logits [tokens, vocabulary]
// never exist: cross entropy of softmax(softcap(x W^T)) summed over trained tokens.
// The backward op is exact but stands alone; the pass fuse-loss joins forward and backward into
// linear_cross_entropy_with_gradient, which computes each block of logits once.
import { type Named } from '../support/name-list.js';
import { exactly } from '../../list-length.js';
import type { TensorType } from '../../graph/graph.js';
import { AutomodelError } from '../../error.js';
import { formatShape, formatType, sizeAt, sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { cast } from '../cast/cast.js';
import { where } from '../select/where.js';
import { ge } from '../compare/ge.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { maximum } from '../elementwise/maximum.js';
import { mul } from '../elementwise/mul.js';
import { sub } from '../elementwise/sub.js';
import { tanh } from '../elementwise/tanh.js';
import { gather } from '../indexing/gather.js';
import { reshape } from '../layout/reshape.js';
import { linear } from '../linear/linear.js';
import { logsumexp } from '../reduce/logsumexp.js';
import { sum } from '../reduce/sum.js';
import { linearCrossEntropyBackwardOp } from './linear-cross-entropy-backward.js';

export type LinearCrossEntropyAttributes = {
  /** Logits become softcap * tanh(logit / softcap); 0: off. */
  readonly softcap: number;
  readonly compute: 'f32' | 'bf16';
};

/** Token losses and their scaled sum. */
export interface LinearCrossEntropy {
  /** f32[]: scale * sum of token losses. */
  readonly loss: Tensor;
  /** f32[T]: each token's loss, 0 where the target is -100. Not differentiable. */
  readonly nll: Tensor;
}

/**
 * x[T,D], weight[V,D], targets i32[T] (aligned with x; -100: not trained), scale f32[] (usually 1 /
 * trained tokens).
 */
export function linearCrossEntropy(
  x: Tensor,
  weight: Tensor,
  targets: Tensor,
  scale: Tensor,
  softcap = 0,
): LinearCrossEntropy {
  const attrs = { softcap, compute: 'f32' } as const;
  const results = x.trace.apply(linearCrossEntropyOp, [x, weight, targets, scale], attrs);
  const [loss, nll] = exactly(results, 2);
  return { loss, nll };
}

/** The operands that all ops of this loss have. */
export type LinearCrossEntropyOperands<T> = Named<'x' | 'weight' | 'targets' | 'scale', T>;

/** Errors: `bad-shape` for operands that do not fit together. */
export function checkLinearCrossEntropy(
  op: string,
  { x, weight, targets, scale }: LinearCrossEntropyOperands<TensorType>,
): void {
  const fits =
    x.shape.length === 2 &&
    weight.shape.length === 2 &&
    x.shape[1] === weight.shape[1] &&
    targets.shape.length === 1 &&
    targets.shape[0] === x.shape[0] &&
    targets.dtype === 'i32' &&
    scale.shape.length === 0;
  if (!fits)
    throw new AutomodelError(
      'bad-shape',
      `${op}: x ${formatShape(x.shape)}, weight ${formatShape(weight.shape)} and targets ` +
        `${formatType(targets)} do not fit together`,
    );
}

export const linearCrossEntropyOp: OpDefinition<LinearCrossEntropyAttributes> = defineOp({
  name: 'linear_cross_entropy',
  summary: 'scaled sum of token cross entropies of x W^T, without logits in memory',
  operands: ['x', 'weight', 'targets', 'scale'],
  outputs: ['loss', 'nll'],
  infer: (operands) => {
    checkLinearCrossEntropy('linear_cross_entropy', operands);
    return [
      { shape: [], dtype: 'f32' },
      { shape: operands.targets.shape, dtype: 'f32' },
    ];
  },
  decompose({ x, weight, targets, scale }, attrs) {
    const raw = linear(cast(x, 'f32'), cast(weight, 'f32'));
    const logits = attrs.softcap > 0 ? mul(tanh(mul(raw, 1 / attrs.softcap)), attrs.softcap) : raw;
    const index = reshape(cast(maximum(targets, 0), 'i64'), [sizeAt(x, 0), 1]);
    const picked = reshape(gather(logits, 1, index), [sizeAt(x, 0)]);
    const nll = where(ge(targets, 0), sub(logsumexp(logits, [1], false), picked), 0);
    return [mul(sum(nll), scale), nll];
  },
  gradient: ({
    operands: { x, weight, targets, scale },
    gradients: { loss: dloss, nll: dnll },
    attrs,
  }) => {
    if (dnll !== undefined)
      throw new AutomodelError(
        'unsupported',
        'linear_cross_entropy: token losses are not differentiable; differentiate the loss',
      );
    const [dx, dweight] = x.trace.apply(
      linearCrossEntropyBackwardOp,
      [dloss, x, weight, targets, scale],
      attrs,
    );
    return { x: dx, weight: dweight };
  },
  flops: ({ x, weight }) => 2 * sizeAt(x, 0) * sizeOf(weight.shape),
  castRule: 'compute',
  samples: [
    {
      inputs: [
        { shape: [5, 8] },
        { shape: [11, 8] },
        { shape: [5], dtype: 'i32', values: [3, -100, 10, 0, 3] },
        { shape: [], values: [0.25] },
      ],
      attrs: { softcap: 0, compute: 'f32' },
      differentiable: [0, 1],
    },
    {
      inputs: [
        { shape: [4, 6], range: [-2, 2] },
        { shape: [7, 6] },
        { shape: [4], dtype: 'i32', values: [6, 1, -100, 2] },
        { shape: [], values: [1] },
      ],
      attrs: { softcap: 3, compute: 'f32' },
      differentiable: [0, 1],
    },
  ],
});
