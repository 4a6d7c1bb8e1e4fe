// The gradients of weight and bias of a linear map in one op, each added to its state: a product,
// and the sum over the rows of the adjoint that the product reads too.
import { AutomodelError } from '../../error.js';
import { isFloat } from '../../tensor/dtype.js';
import { formatType } from '../../tensor/shape.js';
import { elementsOf } from '../support/default-cost.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { gradientAccumulate } from '../optimizer/gradient-accumulate.js';
import { sum } from '../reduce/sum.js';
import { matmulAccumulateOp } from './matmul.js';
import { accumulatedProductFlops, type MatmulAttributes } from './matrix-product.js';
import { accumulatorOperand } from '../support/unread-operand.js';

/**
 * a, b, accumulator, keep f32[], rows[R,N], state[N] -> [keep * accumulator + a b, keep * state +
 * sum of the rows]; keep = 0 ignores both.
 */
export const matmulAccumulateWithSumOp: OpDefinition<MatmulAttributes> = defineOp({
  name: 'matmul_accumulate_with_sum',
  summary: 'product of matrices and sum of rows, added to keep * accumulators',
  operands: ['a', 'b', 'accumulator', 'keep', 'rows', 'state'],
  outputs: ['y', 'sum'],
  infer({ a, b, accumulator, keep, rows, state }, attrs) {
    if (
      rows.shape.length !== 2 ||
      state.shape.length !== 1 ||
      state.shape[0] !== rows.shape[1] ||
      !isFloat(rows.dtype) ||
      !isFloat(state.dtype)
    )
      throw new AutomodelError(
        'bad-shape',
        `matmul_accumulate_with_sum: rows ${formatType(rows)} cannot be summed ` +
          `into ${formatType(state)}`,
      );
    const [product] = matmulAccumulateOp.infer([a, b, accumulator, keep], attrs);
    return [product, state];
  },
  decompose: ({ a, b, accumulator, keep, rows, state }, attrs) => {
    const [product] = keep.trace.apply(matmulAccumulateOp, [a, b, accumulator, keep], attrs);
    return [product, gradientAccumulate(state, sum(rows, [0], false, state.dtype), keep)];
  },
  flops: ({ a, accumulator: y, rows, state }) =>
    accumulatedProductFlops({ a }, { y }) + elementsOf([rows, state]),
  castRule: 'compute',
  overwrites: [
    [0, 2],
    [1, 5],
  ],
  samples: [1, 0].map((keep) => ({
    inputs: [
      { shape: [7, 5] },
      { shape: [5, 9] },
      accumulatorOperand([7, 9], keep),
      { shape: [], values: [keep] },
      { shape: [5, 300] },
      accumulatorOperand([300], keep),
    ],
    attrs: { out_dtype: null, compute: 'f32' } as const,
    differentiable: [],
  })),
});
