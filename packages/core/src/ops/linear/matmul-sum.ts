// The sum of several products in one op: the gradient of an x that several linear maps read. The
// sum never leaves the precision of the products, and the result is written once.
import { AutomodelError } from '../../error.js';
import { mapNonEmpty, nonEmpty } from '../../list-length.js';
import type { TensorType } from '../../graph/graph.js';
import { promoteTypes } from '../../tensor/dtype.js';
import { formatType, sameShape, sizeOf } from '../../tensor/shape.js';
import { add } from '../elementwise/add.js';
import { cast } from '../cast/cast.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { joinedPairs } from './joined-products.js';
import { matmul } from './matmul.js';
import { productFlops, productType, type MatmulAttributes } from './matrix-product.js';

const NAME = 'matmul_sum';

function sumType(
  factors: readonly TensorType[],
  accumulator: TensorType | undefined,
  attrs: MatmulAttributes,
): TensorType {
  const [type, ...others] = mapNonEmpty(joinedPairs(NAME, factors), ([a, b]) => {
    if (a.shape.length !== 2 || b.shape.length !== 2)
      throw new AutomodelError('bad-shape', `${NAME}: factors have two dimensions`);
    return productType(NAME, a, b, attrs);
  });
  for (const other of [...others, ...(accumulator === undefined ? [] : [accumulator])])
    if (other.dtype !== type.dtype || !sameShape(other.shape, type.shape))
      throw new AutomodelError(
        'bad-shape',
        `${NAME}: ${formatType(other)} cannot be added to ${formatType(type)}`,
      );
  return type;
}

/**
 * accumulator, pairs a[M,K], b[K,N] -> accumulator + the sum of all a b, or just that sum. Each
 * pair has a K of its own.
 */
export const matmulSumOp: OpDefinition<MatmulAttributes> = defineOp({
  name: NAME,
  summary: 'sum of several products of matrices',
  operands: ['accumulator?', '...factors'],
  infer: ({ accumulator, factors }, attrs) => [sumType(factors, accumulator, attrs)],
  decompose: ({ accumulator, factors }, { out_dtype: outDType, compute }) => {
    const pairs = joinedPairs(NAME, factors);
    const [first, ...others] = nonEmpty([
      ...(accumulator === undefined ? [] : [cast(accumulator, 'f32')]),
      ...pairs.map(([a, b]) => matmul(a, b, { outDType: 'f32', compute })),
    ]);
    const [[a, b]] = pairs;
    return [cast(others.reduce(add, first), outDType ?? promoteTypes(a.dtype, b.dtype))];
  },
  flops: ({ accumulator, factors }, { y }) =>
    joinedPairs(NAME, factors).reduce((total, [a]) => total + productFlops({ a }, { y }), 0) +
    (accumulator === undefined ? 0 : sizeOf(y.shape)),
  castRule: 'compute',
  overwrites: [[0, 0]],
  samples: [
    {
      inputs: [null, { shape: [3, 5] }, { shape: [5, 4] }, { shape: [3, 2] }, { shape: [2, 4] }],
      attrs: { out_dtype: null, compute: 'f32' },
      differentiable: [],
    },
    {
      inputs: [
        { shape: [33, 17] },
        { shape: [33, 600] },
        { shape: [600, 17] },
        { shape: [33, 16] },
        { shape: [16, 17] },
      ],
      attrs: { out_dtype: null, compute: 'f32' },
      differentiable: [],
    },
    {
      inputs: [
        null,
        { shape: [40, 33], dtype: 'bf16' },
        { shape: [33, 34] },
        { shape: [40, 15], dtype: 'bf16' },
        { shape: [15, 34] },
        { shape: [40, 1], dtype: 'bf16' },
        { shape: [1, 34] },
      ],
      attrs: { out_dtype: 'bf16', compute: 'bf16' },
      differentiable: [],
    },
  ],
});
