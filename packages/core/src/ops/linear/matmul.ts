// Matrix products with PyTorch's batching. Operands may be stored in different float dtypes; sums
// are f32.

import { floatsOf } from '../support/elements.js';
import { AutomodelError } from '../../error.js';
import { formatType, sameShape, sizeOf } from '../../tensor/shape.js';
import type { DType } from '../../tensor/dtype.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpDefinition, type OpSample } from '../support/define-op.js';
import { transpose } from '../layout/permute.js';
import { reshape } from '../layout/reshape.js';
import { sumTo } from '../support/sum-to.js';
import {
  accumulatedProductFlops,
  multiplyMatrices,
  productFlops,
  productType,
  type MatmulAttributes,
} from './matrix-product.js';
import { accumulatorOperand } from '../support/unread-operand.js';
import { matmulSpread } from './product-spread.js';

/** Dtype of the result, and what operands are rounded to (default f32). */
export interface MatmulOptions {
  /** Dtype of the result; default: the promoted dtype of the operands. */
  readonly outDType?: DType | null;
  readonly compute?: MatmulAttributes['compute'];
}

/**
 * a[...,M,K] b[...,K,N] -> [...,M,N]; one-dimensional operands stand for a row and a column, as in
 * torch.matmul.
 */
export function matmul(
  a: Tensor,
  b: Tensor,
  { outDType = null, compute = 'f32' }: MatmulOptions = {},
): Tensor {
  const left = a.rank === 1 ? reshape(a, [1, ...a.shape]) : a;
  const right = b.rank === 1 ? reshape(b, [...b.shape, 1]) : b;
  const product = a.trace.apply(matmulOp, [left, right], { out_dtype: outDType, compute })[0];
  return reshape(
    product,
    product.shape.filter(
      (_, axis) =>
        !(a.rank === 1 && axis === product.rank - 2) &&
        !(b.rank === 1 && axis === product.rank - 1),
    ),
  );
}

const flatten = (x: Tensor): Tensor => reshape(x, [sizeOf(x.shape.slice(0, -1)), x.shape.at(-1)!]);

/** a^T dy; over rows of all batches at once when b is one matrix. */
function rightAdjoint(
  a: Tensor,
  b: Tensor,
  dy: Tensor,
  compute: MatmulAttributes['compute'],
): Tensor {
  const options = { outDType: b.dtype, compute };
  if (b.rank === 2) return matmul(transpose(flatten(a), 0, 1), flatten(dy), options);
  return sumTo(matmul(transpose(a, -1, -2), dy, options), b.shape);
}

const SAMPLES = [
  { inputs: [{ shape: [3, 5] }, { shape: [5, 4] }] },
  { inputs: [{ shape: [2, 3, 5] }, { shape: [5, 4] }] },
  { inputs: [{ shape: [3, 2, 5] }, { shape: [2, 1, 5, 4] }] },
  { inputs: [{ shape: [1, 7] }, { shape: [7, 1] }] },
  { inputs: [{ shape: [2, 0] }, { shape: [0, 3] }] },
] as const;

const ATTRS = { out_dtype: null, compute: 'f32' } as const;

/** Samples of the accumulating variant: each keep, and an accumulator of the product's shape. */
const ACCUMULATE_SAMPLES: OpSample<MatmulAttributes>[] = [1, 0].map((keep) => ({
  inputs: [...SAMPLES[0].inputs, accumulatorOperand([3, 4], keep), { shape: [], values: [keep] }],
  attrs: ATTRS,
  differentiable: [],
}));

export const matmulOp: OpDefinition<MatmulAttributes> = defineOp({
  name: 'matmul',
  summary: 'product of matrices',
  operands: ['a', 'b'],
  infer: ({ a, b }, attrs) => [productType('matmul', a, b, attrs)],
  reference: ({ a, b }, _attrs, { y }) => [multiplyMatrices(a, b, y)],
  gradient: ({ operands: { a, b }, gradients: { y: dy }, needs, attrs: { compute } }) => {
    return {
      a: needs.a
        ? sumTo(matmul(dy, transpose(b, -1, -2), { outDType: a.dtype, compute }), a.shape)
        : undefined,
      b: needs.b ? rightAdjoint(a, b, dy, compute) : undefined,
    };
  },
  flops: productFlops,
  spread: (spreads, _attrs, { operands, refuse }) => [matmulSpread(spreads, operands, refuse)],
  castRule: 'compute',
  accumulating: { output: 0, op: () => matmulAccumulateOp },
  samples: [
    ...SAMPLES.map(({ inputs }) => ({ inputs, attrs: ATTRS })),
    { inputs: SAMPLES[0].inputs, attrs: { out_dtype: null, compute: 'bf16' } },
    {
      inputs: [{ shape: [3, 5], dtype: 'bf16' }, { shape: [5, 4] }],
      attrs: { out_dtype: 'bf16', compute: 'f32' },
    },
    {
      inputs: [
        { shape: [2, 3], dtype: 'i64', range: [-5, 5] },
        { shape: [3, 2], dtype: 'i64', range: [-5, 5] },
      ],
      attrs: ATTRS,
    },
  ],
});

/**
 * a, b, accumulator, keep f32[] -> keep * accumulator + a b; keep = 0 ignores the accumulator, NaN
 * included.
 */
export const matmulAccumulateOp: OpDefinition<MatmulAttributes> = defineOp({
  name: 'matmul_accumulate',
  summary: 'product of matrices added to keep * accumulator',
  operands: ['a', 'b', 'accumulator', 'keep'],
  infer({ a, b, accumulator, keep }, attrs) {
    const type = productType('matmul_accumulate', a, b, attrs);
    if (
      accumulator.dtype !== type.dtype ||
      !sameShape(accumulator.shape, type.shape) ||
      keep.shape.length !== 0
    )
      throw new AutomodelError(
        'bad-shape',
        `matmul_accumulate: accumulator ${formatType(accumulator)} does ` +
          `not take ${formatType(type)}`,
      );
    return [type];
  },
  reference: ({ a, b, accumulator, keep }, _attrs, { y }) => {
    const factor = Number(keep.data[0]);
    const start = floatsOf(accumulator).map((value) => (factor === 0 ? 0 : factor * value));
    return [multiplyMatrices(a, b, y, start)];
  },
  flops: accumulatedProductFlops,
  castRule: 'compute',
  overwrites: [[0, 2]],
  samples: ACCUMULATE_SAMPLES,
});
