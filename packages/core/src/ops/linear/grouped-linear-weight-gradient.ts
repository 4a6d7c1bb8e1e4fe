// Adjoint of the expert matrices of grouped_linear: for each expert the sum over its rows, in their
// order, of the outer product of adjoint and row.
import type { TensorType } from '../../graph/graph.js';
import type { DType } from '../../tensor/dtype.js';
import { sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp } from '../define-op.js';

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
  return x.trace.apply(groupedLinearWeightGradientOp, [x, dy, experts], attrs)[0]!;
}

function infer(
  inputs: readonly (TensorType | undefined)[],
  attrs: GroupedLinearWeightGradientAttributes,
): TensorType[] {
  const [inner, outer] = [inputs[0]!.shape[1]!, inputs[1]!.shape[1]!];
  return [
    {
      shape: attrs.transposed ? [attrs.experts, inner, outer] : [attrs.experts, outer, inner],
      dtype: attrs.dtype,
    },
  ];
}

export const groupedLinearWeightGradientOp = defineOp<GroupedLinearWeightGradientAttributes>({
  name: 'grouped_linear_weight_gradient',
  summary: 'adjoint of the expert matrices of grouped_linear',
  infer,
  reference: (inputs, attrs, outputs) => {
    const [x, dy] = [inputs[0]!.data as Float64Array, inputs[1]!.data as Float64Array];
    const [inner, outer] = [inputs[0]!.shape[1]!, inputs[1]!.shape[1]!];
    const data = new Float64Array(sizeOf(outputs[0]!.shape));
    inputs[2]!.data.forEach((expert: number | bigint, row: number) => {
      const e = Number(expert);
      if (e < 0 || e >= attrs.experts) return;
      for (let o = 0; o < outer; o++)
        for (let k = 0; k < inner; k++)
          data[e * outer * inner + (attrs.transposed ? k * outer + o : o * inner + k)]! +=
            dy[row * outer + o]! * x[row * inner + k]!;
    });
    return [{ ...outputs[0]!, data }];
  },
  cost: (inputs, outputs) => ({
    flops: 2 * sizeOf(inputs[0]!.shape) * inputs[1]!.shape[1]!,
    bytes: 4 * (sizeOf(inputs[0]!.shape) + sizeOf(inputs[1]!.shape) + sizeOf(outputs[0]!.shape)),
  }),
  precision: 'compute',
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
