// Mixture-of-experts products: each row is multiplied with the matrix of its expert. Shapes are
// static, routing is data; a row whose expert does not exist gives zeros.
import { floatsOf, newFloats } from '../support/elements.js';
import { AutomodelError } from '../../error.js';
import { categoryOf, isFloat, type DType } from '../../tensor/dtype.js';
import { formatType, sizeAt, sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { full } from '../creation/full.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { reshape } from '../layout/reshape.js';
import { groupedLinearWeightGradient } from './grouped-linear-weight-gradient.js';

/** `transposed`: weights are [E,K,O] instead of [E,O,K]. */
export type GroupedLinearAttributes = {
  readonly transposed: boolean;
  readonly compute: 'f32' | 'bf16';
};

/** `transposed`: the weight is [E,K,O]. `compute`: what operands are rounded to; default f32. */
export interface GroupedLinearOptions {
  readonly transposed?: boolean;
  readonly compute?: GroupedLinearAttributes['compute'];
}

/**
 * x[N,K], weight[E,O,K] (or [E,K,O] when transposed), experts i64|i32[N], bias[E,O] or undefined ->
 * [N,O] in the dtype of x.
 */
export function groupedLinear(
  x: Tensor,
  weight: Tensor,
  experts: Tensor,
  bias?: Tensor,
  { transposed = false, compute = 'f32' }: GroupedLinearOptions = {},
): Tensor {
  return x.trace.apply(groupedLinearOp, [x, weight, experts, bias], { transposed, compute })[0];
}

export const groupedLinearOp: OpDefinition<GroupedLinearAttributes> = defineOp({
  name: 'grouped_linear',
  summary: 'each row times the matrix of its expert',
  operands: ['x', 'weight', 'experts', 'bias?'],
  infer({ x, weight, experts, bias }, { transposed }) {
    const [outer, inner] = transposed
      ? [weight.shape[2], weight.shape[1]]
      : [weight.shape[1], weight.shape[2]];
    const fits =
      x.shape.length === 2 &&
      weight.shape.length === 3 &&
      x.shape[1] === inner &&
      experts.shape.length === 1 &&
      experts.shape[0] === x.shape[0] &&
      (bias === undefined ||
        (bias.shape.length === 2 && bias.shape[0] === weight.shape[0] && bias.shape[1] === outer));
    if (
      !fits ||
      !isFloat(x.dtype) ||
      !isFloat(weight.dtype) ||
      categoryOf(experts.dtype) !== 'integer'
    )
      throw new AutomodelError(
        'bad-shape',
        'grouped_linear: weight ' +
          `${formatType(weight)}${transposed ? ' (transposed)' : ''} and ` +
          `experts ${formatType(experts)} do not fit x ` +
          `${formatType(x)}`,
      );
    return [{ shape: [sizeAt(x, 0), outer ?? 0], dtype: x.dtype }];
  },
  reference(operands, { transposed }, { y }) {
    const [x, weight] = [floatsOf(operands.x), floatsOf(operands.weight)];
    const bias = operands.bias && floatsOf(operands.bias);
    const [inner, outer] = [sizeAt(operands.x, 1), sizeAt(y, 1)];
    const count = sizeAt(operands.weight, 0);
    const data = newFloats(y);
    operands.experts.data.forEach((expert: number | bigint, row: number) => {
      const e = Number(expert);
      if (e < 0 || e >= count) return;
      for (let o = 0; o < outer; o++) {
        let total = bias?.[e * outer + o] ?? 0;
        for (let k = 0; k < inner; k++)
          total +=
            x[row * inner + k]! *
            weight[e * outer * inner + (transposed ? k * outer + o : o * inner + k)]!;
        data[row * outer + o] = total;
      }
    });
    return [{ ...y, data }];
  },
  gradient({
    operands: { x, weight, experts, bias },
    gradients: { y: dy },
    needs,
    attrs: { transposed, compute },
  }) {
    const weightGradient = (rows: Tensor, dtype: DType): Tensor =>
      groupedLinearWeightGradient(rows, dy, experts, {
        experts: sizeAt(weight, 0),
        transposed,
        compute,
        dtype,
      });
    return {
      x: needs.x
        ? groupedLinear(dy, weight, experts, undefined, { transposed: !transposed, compute })
        : undefined,
      weight: needs.weight ? weightGradient(x, weight.dtype) : undefined,
      bias:
        needs.bias && bias !== undefined
          ? reshape(
              weightGradient(full([sizeAt(x, 0), 1], 1, x.dtype, x.trace), bias.dtype),
              bias.shape,
            )
          : undefined,
    };
  },
  flops: ({ x, bias }, { y }) =>
    (2 * sizeAt(x, 1) + (bias === undefined ? 0 : 1)) * sizeOf(y.shape),
  castRule: 'compute',
  samples: [
    {
      inputs: [
        { shape: [9, 5] },
        { shape: [4, 3, 5] },
        { shape: [9], dtype: 'i64', range: [0, 3] },
        null,
      ],
      attrs: { transposed: false, compute: 'f32' },
    },
    {
      inputs: [
        { shape: [40, 19] },
        { shape: [3, 35, 19], dtype: 'bf16' },
        { shape: [40], dtype: 'i64', range: [0, 1] },
        { shape: [3, 35] },
      ],
      attrs: { transposed: false, compute: 'bf16' },
      differentiable: [0],
    },
    {
      inputs: [
        { shape: [7, 5] },
        { shape: [4, 5, 3] },
        { shape: [7], dtype: 'i32', values: [0, 2, 2, -1, 0, 2, 4] },
        { shape: [4, 3] },
      ],
      attrs: { transposed: true, compute: 'f32' },
    },
  ],
});
