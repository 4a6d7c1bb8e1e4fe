// Adjoints of linear_cross_entropy for an arbitrary adjoint of the loss. Written out as softmax
// minus one-hot, so that it does not depend on the forward op's file.

import { sizeAt, sizeOf } from '../../tensor/shape.js';
import type { TensorType } from '../../graph/graph.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Named, Partly } from '../support/name-list.js';
import { cast } from '../cast/cast.js';
import { ge } from '../compare/ge.js';
import { arange } from '../creation/arange.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { eq } from '../compare/eq.js';
import { mul } from '../elementwise/mul.js';
import { sub } from '../elementwise/sub.js';
import { tanh } from '../elementwise/tanh.js';
import { permute } from '../layout/permute.js';
import { reshape } from '../layout/reshape.js';
import { linear } from '../linear/linear.js';
import { matmul } from '../linear/matmul.js';
import { softmax } from '../softmax/softmax.js';
import type {
  LinearCrossEntropyAttributes,
  LinearCrossEntropyOperands,
} from './linear-cross-entropy.js';

/** [dx, dweight] of gradient * scale * sum of token losses. */
export function lossGradients(
  gradient: Tensor,
  { targets, scale, ...narrow }: LinearCrossEntropyOperands<Tensor>,
  attrs: LinearCrossEntropyAttributes,
): readonly [dx: Tensor, dweight: Tensor] {
  const [x, weight] = [cast(narrow.x, 'f32'), cast(narrow.weight, 'f32')];
  const [tokens, vocabulary] = [sizeAt(x, 0), sizeAt(weight, 0)];
  const raw = linear(x, weight);
  const squashed = attrs.softcap > 0 ? tanh(mul(raw, 1 / attrs.softcap)) : undefined;
  const logits = squashed === undefined ? raw : mul(squashed, attrs.softcap);
  const target = reshape(targets, [tokens, 1]);
  const oneHot = cast(eq(target, cast(arange(0, vocabulary, 1, 'i64'), 'i32')), 'f32');
  const trained = cast(ge(target, 0), 'f32');
  const error = mul(mul(sub(softmax(logits, 1), oneHot), trained), mul(gradient, scale));
  const dlogits = squashed === undefined ? error : mul(error, sub(1, mul(squashed, squashed)));
  return [
    cast(matmul(dlogits, weight), narrow.x.dtype),
    cast(matmul(permute(dlogits, [1, 0]), x), narrow.weight.dtype),
  ];
}

/** The product that makes the logits, and one for each adjoint that is written. */
export const lossGradientFlops = (
  { x, weight }: Named<'x' | 'weight', TensorType>,
  { dx, dweight }: Partly<'dx' | 'dweight', TensorType>,
): number => {
  const products = [x, dx, dweight].filter((made) => made !== undefined).length;
  return products * 2 * sizeAt(x, 0) * sizeOf(weight.shape);
};

/** gradient f32[], x, weight, targets, scale -> [dx, dweight]. */
export const linearCrossEntropyBackwardOp: OpDefinition<LinearCrossEntropyAttributes> = defineOp({
  name: 'linear_cross_entropy_backward',
  summary: 'adjoints of x and weight of linear_cross_entropy',
  operands: ['dloss', 'x', 'weight', 'targets', 'scale'],
  outputs: ['dx', 'dweight'],
  infer: ({ x, weight }) => [x, weight],
  decompose: ({ dloss, ...operands }, attrs) => lossGradients(dloss, operands, attrs),
  flops: lossGradientFlops,
  castRule: 'compute',
  samples: [
    {
      inputs: [
        { shape: [], values: [1.5] },
        { shape: [5, 8] },
        { shape: [11, 8] },
        { shape: [5], dtype: 'i32', values: [3, -100, 10, 0, 3] },
        { shape: [], values: [0.25] },
      ],
      attrs: { softcap: 0, compute: 'f32' },
      differentiable: [],
    },
  ],
});
