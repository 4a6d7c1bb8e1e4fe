// Cross entropy on logits that exist in memory: what the loss of a recorded graph starts from.
// Where the logits come straight from a linear map and nobody else reads them, the pass that
// recognises losses replaces both by linear_cross_entropy. Token losses and their scaled sum mean
// the same in both.

import { exactly } from '../../list-length.js';
import { AutomodelError } from '../../error.js';
import { isFloat } from '../../tensor/dtype.js';
import { formatType, sizeAt } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { cast } from '../cast/cast.js';
import { ge } from '../compare/ge.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { maximum } from '../elementwise/maximum.js';
import { mul } from '../elementwise/mul.js';
import { neg } from '../elementwise/neg.js';
import { sub } from '../elementwise/sub.js';
import { gather } from '../indexing/gather.js';
import { scatterAdd } from '../indexing/scatter-add.js';
import { reshape } from '../layout/reshape.js';
import type { NoAttributes } from '../support/operand.js';
import { logsumexp } from '../reduce/logsumexp.js';
import { sum } from '../reduce/sum.js';
import { where } from '../select/where.js';
import { softmax } from '../softmax/softmax.js';

/** Token losses and their scaled sum. */
export interface CrossEntropy {
  /** f32[]: scale * sum of token losses. */
  readonly loss: Tensor;
  /** f32[T]: each token's loss, 0 where the target is -100. Not differentiable. */
  readonly nll: Tensor;
}

/**
 * logits[T,V], targets i32[T] (aligned with the logits; -100: not trained), scale f32[] (usually 1
 * / trained tokens).
 */
export function crossEntropy(logits: Tensor, targets: Tensor, scale: Tensor): CrossEntropy {
  const [loss, nll] = exactly(logits.trace.apply(crossEntropyOp, [logits, targets, scale], {}), 2);
  return { loss, nll };
}

/** i64[T,1]: the column of each token's target; 0 where nothing is trained. */
const columnOf = (targets: Tensor): Tensor =>
  reshape(cast(maximum(targets, 0), 'i64'), [sizeAt(targets, 0), 1]);

export const crossEntropyOp: OpDefinition<NoAttributes> = defineOp({
  name: 'cross_entropy',
  summary: 'scaled sum of token cross entropies of given logits',
  operands: ['logits', 'targets', 'scale'],
  outputs: ['loss', 'nll'],
  infer({ logits, targets, scale }) {
    const fits =
      logits.shape.length === 2 &&
      isFloat(logits.dtype) &&
      targets.shape.length === 1 &&
      targets.shape[0] === logits.shape[0] &&
      targets.dtype === 'i32' &&
      scale.shape.length === 0;
    if (!fits)
      throw new AutomodelError(
        'bad-shape',
        `cross_entropy: logits ${formatType(logits)} and targets ` +
          `${formatType(targets)} do not fit together`,
      );
    return [
      { shape: [], dtype: 'f32' },
      { shape: [sizeAt(logits, 0)], dtype: 'f32' },
    ];
  },
  decompose({ logits, targets, scale }) {
    const wide = cast(logits, 'f32');
    const picked = reshape(gather(wide, 1, columnOf(targets)), targets.shape);
    const nll = where(ge(targets, 0), sub(logsumexp(wide, [1], false), picked), 0);
    return [mul(sum(nll), scale), nll];
  },
  /**
   * softmax minus one-hot on trained rows, zero on all others whatever their logits are, times the
   * adjoint and the scale.
   */
  gradient({ operands: { logits, targets, scale }, gradients: { loss: dloss, nll: dnll } }) {
    if (dnll !== undefined || dloss === undefined)
      throw new AutomodelError(
        'unsupported',
        'cross_entropy: token losses are not differentiable; differentiate the loss',
      );
    const trained = reshape(ge(targets, 0), [sizeAt(targets, 0), 1]);
    const factor = where(trained, mul(dloss, scale), 0);
    const probabilities = where(trained, softmax(cast(logits, 'f32'), 1), 0);
    return {
      logits: cast(
        scatterAdd(mul(probabilities, factor), 1, columnOf(targets), neg(factor)),
        logits.dtype,
      ),
    };
  },
  castRule: 'full',
  samples: [
    {
      inputs: [
        { shape: [5, 11], range: [-3, 3] },
        { shape: [5], dtype: 'i32', values: [3, -100, 10, 0, 3] },
        { shape: [], values: [0.25] },
      ],
      attrs: {},
      differentiable: [0],
    },
    {
      inputs: [
        { shape: [3, 7], dtype: 'bf16' },
        { shape: [3], dtype: 'i32', values: [6, -100, 2] },
        { shape: [], values: [1] },
      ],
      attrs: {},
      differentiable: [],
    },
  ],
});
