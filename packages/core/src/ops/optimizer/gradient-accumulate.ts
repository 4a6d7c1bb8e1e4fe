// Adding a micro-batch's gradient to the gradient state: keep * state + gradient. keep = 0
// overwrites, so states need no clearing between steps.
import { cast } from '../cast/cast.js';
import { eq } from '../compare/eq.js';
import { where } from '../select/where.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import type { NoAttributes } from '../support/operand.js';
import { add } from '../elementwise/add.js';
import { mul } from '../elementwise/mul.js';
import { AutomodelError } from '../../error.js';
import { formatType, sameShape, sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { accumulatorOperand } from '../support/unread-operand.js';

/**
 * state, gradient (same shape and dtype), keep f32[] (0 or 1) -> keep * state + gradient; with keep
 * 0 the state is not read.
 */
export function gradientAccumulate(state: Tensor, gradient: Tensor, keep: Tensor): Tensor {
  return state.trace.apply(gradientAccumulateOp, [state, gradient, keep], {})[0];
}

export const gradientAccumulateOp: OpDefinition<NoAttributes> = defineOp({
  name: 'gradient_accumulate',
  summary: 'keep * state + gradient',
  operands: ['state', 'gradient', 'keep'],
  infer: ({ state, gradient }) => {
    if (!sameShape(state.shape, gradient.shape) || state.dtype !== gradient.dtype)
      throw new AutomodelError(
        'bad-shape',
        `gradient_accumulate: state ${formatType(state)} and gradient ` +
          `${formatType(gradient)} differ`,
      );
    return [{ shape: state.shape, dtype: state.dtype }];
  },
  decompose: ({ state, gradient, keep }) => {
    const kept = where(eq(keep, 0), 0, mul(cast(state, 'f32'), keep));
    return [cast(add(kept, cast(gradient, 'f32')), state.dtype)];
  },
  flops: ({ state }) => 2 * sizeOf(state.shape),
  castRule: 'follow',
  overwrites: [[0, 0]],
  samples: [1, 0].map((keep) => ({
    inputs: [accumulatorOperand([4, 3], keep), { shape: [4, 3] }, { shape: [], values: [keep] }],
    attrs: {},
    differentiable: [],
  })),
});
