// Mixture-of-experts products: each row is multiplied with the matrix of its expert. Shapes are
// static, routing is data; a row whose expert does not exist gives zeros.
import { AutomodelError } from '../../error.js';
import type { TensorType } from '../../graph/graph.js';
import { categoryOf, isFloat, type DType } from '../../tensor/dtype.js';
import type { HostTensor } from '../../tensor/host-tensor.js';
import { formatShape, sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { full } from '../creation/full.js';
import { defineOp, type GradientContext, type OpDefinition } from '../define-op.js';
import { reshape } from '../layout/reshape.js';
import { groupedLinearWeightGradient } from './grouped-linear-weight-gradient.js';

/** `transposed`: weights are [E,K,O] instead of [E,O,K]. */
export type GroupedLinearAttributes = {
  readonly transposed: boolean;
  readonly compute: 'f32' | 'bf16';
};

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
  return x.trace.apply(groupedLinearOp, [x, weight, experts, bias], { transposed, compute })[0]!;
}

function infer(
  inputs: readonly (TensorType | undefined)[],
  { transposed }: GroupedLinearAttributes,
): TensorType[] {
  const [x, weight, experts, bias] = [inputs[0]!, inputs[1]!, inputs[2]!, inputs[3]];
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
        `${weight.dtype}${formatShape(weight.shape)}${transposed ? ' (transposed)' : ''} and ` +
        `experts ${experts.dtype}${formatShape(experts.shape)} do not fit x ` +
        `${x.dtype}${formatShape(x.shape)}`,
    );
  return [{ shape: [x.shape[0]!, outer!], dtype: x.dtype }];
}

function reference(
  inputs: readonly (HostTensor | undefined)[],
  { transposed }: GroupedLinearAttributes,
  outputs: readonly TensorType[],
): HostTensor[] {
  const [x, weight] = [inputs[0]!.data as Float64Array, inputs[1]!.data as Float64Array];
  const bias = inputs[3]?.data as Float64Array | undefined;
  const [inner, outer, count] = [inputs[0]!.shape[1]!, outputs[0]!.shape[1]!, inputs[1]!.shape[0]!];
  const data = new Float64Array(sizeOf(outputs[0]!.shape));
  inputs[2]!.data.forEach((expert: number | bigint, row: number) => {
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
  return [{ ...outputs[0]!, data }];
}

function gradient({
  inputs,
  gradients,
  needs,
  attrs: { transposed, compute },
}: GradientContext<GroupedLinearAttributes>): (Tensor | undefined)[] {
  const [x, weight, experts, bias, dy] = [
    inputs[0]!,
    inputs[1]!,
    inputs[2]!,
    inputs[3],
    gradients[0]!,
  ];
  const weightGradient = (rows: Tensor, dtype: DType): Tensor =>
    groupedLinearWeightGradient(rows, dy, experts, {
      experts: weight.shape[0]!,
      transposed,
      compute,
      dtype,
    });
  return [
    needs[0] === true
      ? groupedLinear(dy, weight, experts, undefined, { transposed: !transposed, compute })
      : undefined,
    needs[1] === true ? weightGradient(x, weight.dtype) : undefined,
    undefined,
    needs[3] === true
      ? reshape(
          weightGradient(full([x.shape[0]!, 1], 1, x.dtype, x.trace), bias!.dtype),
          bias!.shape,
        )
      : undefined,
  ];
}

export const groupedLinearOp: OpDefinition<GroupedLinearAttributes> =
  defineOp<GroupedLinearAttributes>({
    name: 'grouped_linear',
    summary: 'each row times the matrix of its expert',
    infer,
    reference,
    gradient,
    cost: (inputs, outputs) => ({
      flops: 2 * sizeOf(outputs[0]!.shape) * inputs[0]!.shape[1]!,
      bytes: 4 * (sizeOf(inputs[0]!.shape) + sizeOf(inputs[1]!.shape) + sizeOf(outputs[0]!.shape)),
    }),
    precision: 'compute',
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
