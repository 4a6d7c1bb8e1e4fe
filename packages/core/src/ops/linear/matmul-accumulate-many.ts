// Products with one right side, each added to an accumulator of its own: the gradients of weights
// that read one x. The right side is read and packed once for all of them.
import { AutomodelError } from '../../error.js';
import { mapNonEmpty } from '../../list-length.js';
import { formatType } from '../../tensor/shape.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { accumulatorOperand } from '../support/unread-operand.js';
import { joinedPairs, MAX_JOINED } from './joined-products.js';
import { matmulAccumulateOp } from './matmul.js';
import { accumulatedProductFlops, type MatmulAttributes } from './matrix-product.js';

const NAME = 'matmul_accumulate_many';

/**
 * b[K,N], keep f32[], pairs a[M,K], accumulator[M,N] -> keep * accumulator + a b of each; keep = 0
 * ignores the accumulators. Each pair has an M of its own.
 */
export const matmulAccumulateManyOp: OpDefinition<MatmulAttributes> = defineOp({
  name: NAME,
  summary: 'products with one right side, added to keep * accumulators',
  operands: ['b', 'keep', '...pairs'],
  outputs: ['...ys'],
  infer({ b, keep, pairs }, attrs) {
    if (b.shape.length !== 2)
      throw new AutomodelError('bad-shape', `${NAME}: ${formatType(b)} is not a matrix`);
    return joinedPairs(NAME, pairs).flatMap(([a, accumulator]) =>
      matmulAccumulateOp.infer([a, b, accumulator, keep], attrs),
    );
  },
  decompose: ({ b, keep, pairs }, attrs) =>
    mapNonEmpty(
      joinedPairs(NAME, pairs),
      ([a, accumulator]) => b.trace.apply(matmulAccumulateOp, [a, b, accumulator, keep], attrs)[0],
    ),
  flops: ({ pairs }, { ys }) =>
    joinedPairs(NAME, pairs).reduce((sum, [a], i) => {
      const y = ys[i];
      return sum + (y === undefined ? 0 : accumulatedProductFlops({ a }, { y }));
    }, 0),
  castRule: 'compute',
  overwrites: Array.from({ length: MAX_JOINED }, (_, i) => [i, 3 + 2 * i] as const),
  samples: [1, 0].map((keep) => ({
    inputs: [
      { shape: [40, 33] },
      { shape: [], values: [keep] },
      { shape: [17, 40] },
      accumulatorOperand([17, 33], keep),
      { shape: [48, 40] },
      accumulatorOperand([48, 33], keep),
      { shape: [1, 40] },
      accumulatorOperand([1, 33], keep),
    ],
    attrs: { out_dtype: null, compute: 'f32' } as const,
    differentiable: [],
  })),
});
