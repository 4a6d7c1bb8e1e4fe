// A linear map that is added to something: the residual connection of a transformer without a
// tensor between product and sum.
import { AutomodelError } from '../../error.js';
import { formatType, sameShape, sizeOf } from '../../tensor/shape.js';
import { cast } from '../cast/cast.js';
import { eq } from '../compare/eq.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { add } from '../elementwise/add.js';
import { mul } from '../elementwise/mul.js';
import { where } from '../select/where.js';
import { linear, linearFlops, linearOp, type LinearAttributes } from './linear.js';
import { unreadOperand } from '../support/unread-operand.js';

/**
 * x, weight, bias or undefined, accumulator, keep f32[] -> keep * accumulator + x W^T + bias; keep
 * = 0 ignores the accumulator.
 */
export const linearAccumulateOp: OpDefinition<LinearAttributes> = defineOp({
  name: 'linear_accumulate',
  summary: 'x W^T + bias added to keep * accumulator',
  operands: ['x', 'weight', 'bias?', 'accumulator', 'keep'],
  infer: ({ x, weight, bias, accumulator, keep }, attrs) => {
    const [type] = linearOp.infer([x, weight, bias], attrs);
    if (
      accumulator.dtype !== type.dtype ||
      !sameShape(accumulator.shape, type.shape) ||
      keep.shape.length !== 0
    )
      throw new AutomodelError(
        'bad-shape',
        `linear_accumulate: accumulator ${formatType(accumulator)} ` +
          `does not take ${formatType(type)}`,
      );
    return [type];
  },
  decompose: ({ x, weight, bias, accumulator, keep }, { compute }) => [
    add(
      where(eq(keep, 0), 0, mul(accumulator, cast(keep, accumulator.dtype))),
      linear(x, weight, bias, compute),
    ),
  ],
  flops: (operands, outputs) => linearFlops(operands, outputs) + sizeOf(outputs.y.shape),
  castRule: 'compute',
  overwrites: [[0, 3]],
  samples: [
    {
      inputs: [
        { shape: [2, 3, 5] },
        { shape: [4, 5] },
        { shape: [4] },
        { shape: [2, 3, 4] },
        { shape: [], values: [1] },
      ],
      attrs: { compute: 'f32' },
      differentiable: [],
    },
    {
      inputs: [
        { shape: [33, 40] },
        { shape: [17, 40] },
        null,
        { shape: [33, 17] },
        { shape: [], values: [1] },
      ],
      attrs: { compute: 'f32' },
      differentiable: [],
    },
    {
      inputs: [
        { shape: [3, 5] },
        { shape: [2, 5] },
        null,
        unreadOperand([3, 2]),
        { shape: [], values: [0] },
      ],
      attrs: { compute: 'f32' },
      differentiable: [],
    },
  ],
});
