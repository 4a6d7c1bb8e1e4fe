// The linear map of neural networks: x W^T + bias. Weight and bias may be stored in another float
// dtype than x and never widen the result.

import { AutomodelError } from '../../error.js';
import { isFloat } from '../../tensor/dtype.js';
import { formatShape, formatType, sizeAt, sizeOf } from '../../tensor/shape.js';
import type { TensorType } from '../../graph/graph.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Named } from '../support/name-list.js';
import { cast } from '../cast/cast.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { add } from '../elementwise/add.js';
import { transpose } from '../layout/permute.js';
import { reshape } from '../layout/reshape.js';
import { sum } from '../reduce/sum.js';
import { matmul } from './matmul.js';
import { linearSpread } from './product-spread.js';

/** What operands are rounded to before they are multiplied; sums are f32. */
export type LinearAttributes = { readonly compute: 'f32' | 'bf16' };

/** x[...,K], weight[N,K], bias[N] or undefined -> [...,N] in the dtype of x. */
export function linear(
  x: Tensor,
  weight: Tensor,
  bias?: Tensor,
  compute: LinearAttributes['compute'] = 'f32',
): Tensor {
  return x.trace.apply(linearOp, [x, weight, bias], { compute })[0];
}

const rows = (x: Tensor): Tensor => reshape(x, [sizeOf(x.shape.slice(0, -1)), sizeAt(x, -1)]);

/** A product, and the addition of the bias. */
export const linearFlops = (
  { weight, bias }: Named<'weight' | 'bias?', TensorType>,
  { y }: Named<'y', TensorType>,
): number => (2 * sizeAt(weight, 1) + (bias === undefined ? 0 : 1)) * sizeOf(y.shape);

const ATTRS = { compute: 'f32' } as const;

export const linearOp: OpDefinition<LinearAttributes> = defineOp({
  name: 'linear',
  summary: 'x W^T + bias',
  operands: ['x', 'weight', 'bias?'],
  infer({ x, weight, bias }) {
    const fits =
      x.shape.length > 0 &&
      weight.shape.length === 2 &&
      x.shape.at(-1) === weight.shape[1] &&
      (bias === undefined || (bias.shape.length === 1 && bias.shape[0] === weight.shape[0]));
    if (!fits || ![x, weight].every((t) => isFloat(t.dtype)))
      throw new AutomodelError(
        'bad-shape',
        `linear: weight ${formatType(weight)} and bias ` +
          `${bias === undefined ? 'none' : formatShape(bias.shape)} do not fit x ` +
          `${formatType(x)}`,
      );
    return [{ shape: [...x.shape.slice(0, -1), sizeAt(weight, 0)], dtype: x.dtype }];
  },
  decompose({ x, weight, bias }, { compute }) {
    const product = matmul(rows(x), transpose(weight, 0, 1), { outDType: x.dtype, compute });
    return [
      reshape(bias === undefined ? product : add(product, cast(bias, x.dtype)), [
        ...x.shape.slice(0, -1),
        sizeAt(weight, 0),
      ]),
    ];
  },
  /**
   * dx = dy W in the dtype of x; dW = dy^T x and dbias = sum of dy, over all rows, in the dtypes of
   * weight and bias.
   */
  gradient({ operands: { x, weight, bias }, gradients: { y: dy }, needs, attrs: { compute } }) {
    const adjoint = rows(dy);
    return {
      x: needs.x
        ? reshape(matmul(adjoint, weight, { outDType: x.dtype, compute }), x.shape)
        : undefined,
      weight: needs.weight
        ? matmul(transpose(adjoint, 0, 1), rows(x), { outDType: weight.dtype, compute })
        : undefined,
      bias: needs.bias && bias !== undefined ? sum(adjoint, [0], false, bias.dtype) : undefined,
    };
  },
  flops: linearFlops,
  spread: (spreads, _attrs, { operands, refuse }) => [
    linearSpread(spreads, operands.x.shape.length - 1, refuse),
  ],
  castRule: 'compute',
  samples: [
    { inputs: [{ shape: [2, 3, 5] }, { shape: [4, 5] }, { shape: [4] }], attrs: ATTRS },
    { inputs: [{ shape: [3, 5] }, { shape: [2, 5] }, null], attrs: ATTRS },
    { inputs: [{ shape: [5] }, { shape: [2, 5] }, { shape: [2] }], attrs: { compute: 'bf16' } },
    { inputs: [{ shape: [33, 40] }, { shape: [17, 40], dtype: 'bf16' }, null], attrs: ATTRS },
    { inputs: [{ shape: [3, 8], dtype: 'bf16' }, { shape: [4, 8] }, { shape: [4] }], attrs: ATTRS },
  ],
});
