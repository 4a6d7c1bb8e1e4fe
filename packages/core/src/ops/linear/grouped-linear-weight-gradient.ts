// Adjoint of the expert matrices of grouped_linear: for each expert the sum over its rows, in their
// order, of the outer product of adjoint and row.

import { floatsOf, newFloats } from '../support/elements.js';
import type { DType } from '../../tensor/dtype.js';
import { sizeOf, sizeAt } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';

/** `experts`: how many matrices there are; `dtype`: theirs. */
export type GroupedLinearWeightGradientAttributes = {
  readonly experts: number;
  readonly transposed: boolean;
  readonly compute: 'f32' | 'bf16';
  readonly dtype: DType;
};

/** x[N,K], dy[N,O], experts[N] -> [E,O,K], or [E,K,O] when transposed. */
export function groupedLinearWeightGradient(
  x: Tensor,
  dy: Tensor,
  experts: Tensor,
  attrs: GroupedLinearWeightGradientAttributes,
): Tensor {
  return x.trace.apply(groupedLinearWeightGradientOp, [x, dy, experts], attrs)[0];
}

export const groupedLinearWeightGradientOp: OpDefinition<GroupedLinearWeightGradientAttributes> =
  defineOp({
    name: 'grouped_linear_weight_gradient',
    summary: 'adjoint of the expert matrices of grouped_linear',
    operands: ['x', 'dy', 'experts'],
    outputs: ['dweight'],
    infer({ x, dy }, attrs) {
      const [inner, outer] = [sizeAt(x, 1), sizeAt(dy, 1)];
      return [
        {
          shape: attrs.transposed ? [attrs.experts, inner, outer] : [attrs.experts, outer, inner],
          dtype: attrs.dtype,
        },
      ];
    },
    reference: (operands, attrs, { dweight }) => {
      const [x, dy] = [floatsOf(operands.x), floatsOf(operands.dy)];
      const [inner, outer] = [sizeAt(operands.x, 1), sizeAt(operands.dy, 1)];
      const data = newFloats(dweight);
      operands.experts.data.forEach((expert: number | bigint, row: number) => {
        const e = Number(expert);
        if (e < 0 || e >= attrs.experts) return;
        for (let o = 0; o < outer; o++)
          for (let k = 0; k < inner; k++)
            data[e * outer * inner + (attrs.transposed ? k * outer + o : o * inner + k)]! +=
              dy[row * outer + o]! * x[row * inner + k]!;
      });
      return [{ ...dweight, data }];
    },
    flops: ({ x, dy }) => 2 * sizeOf(x.shape) * sizeAt(dy, 1),
    castRule: 'compute',
    samples: [
      {
        inputs: [{ shape: [9, 5] }, { shape: [9, 3] }, { shape: [9], dtype: 'i64', range: [0, 3] }],
        attrs: { experts: 4, transposed: false, compute: 'f32', dtype: 'f32' },
        differentiable: [],
      },
      {
        inputs: [
          { shape: [33, 20], dtype: 'bf16' },
          { shape: [33, 18], dtype: 'bf16' },
          { shape: [33], dtype: 'i64', range: [0, 2] },
        ],
        attrs: { experts: 3, transposed: false, compute: 'bf16', dtype: 'f32' },
        differentiable: [],
      },
      {
        inputs: [
          { shape: [4, 2] },
          { shape: [4, 3] },
          { shape: [4], dtype: 'i32', values: [1, -1, 1, 2] },
        ],
        attrs: { experts: 2, transposed: true, compute: 'f32', dtype: 'f32' },
        differentiable: [],
      },
    ],
  });
