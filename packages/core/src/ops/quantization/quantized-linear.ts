// The linear map over a quantised weight: codes become numbers where the product packs them, so
// that a whole dequantised weight is never in memory, forward or backward.
import { AutomodelError } from '../../error.js';
import { isFloat } from '../../tensor/dtype.js';
import { formatShape, formatType, sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { linear } from '../linear/linear.js';
import { matmul } from '../linear/matmul.js';
import { reshape } from '../layout/reshape.js';
import { dequantize, sampleParts, type QuantizedAttributes } from './dequantize.js';
import { checkParts, partList } from './quantized-parts.js';

/** `transposed`: the weight's rows are summed over, as the gradient of x needs it. */
export type QuantizedLinearAttributes = QuantizedAttributes & {
  readonly transposed: boolean;
  readonly compute: 'f32' | 'bf16';
};

/**
 * x[...,columns], bias[rows] or undefined, the parts of a quantised weight [rows,columns] ->
 * [...,rows] in the dtype of x.
 */
export function quantizedLinear(
  x: Tensor,
  parts: readonly Tensor[],
  weight: QuantizedAttributes,
  bias?: Tensor,
): Tensor {
  return x.trace.apply(quantizedLinearOp, [x, bias, ...parts], {
    ...weight,
    transposed: false,
    compute: 'f32',
  })[0];
}

const attributes = (
  format: QuantizedAttributes['format'],
  rows: number,
  columns: number,
  transposed: boolean,
  compute: 'f32' | 'bf16' = 'f32',
): QuantizedLinearAttributes => ({ format, rows, columns, transposed, compute });

export const quantizedLinearOp: OpDefinition<QuantizedLinearAttributes> = defineOp({
  name: 'quantized_linear',
  summary: 'x W^T + bias, or x W, over a quantised weight',
  operands: ['x', 'bias?', 'codes', 'absmax', 'nestedAbsmax?', 'nestedOffset?'],
  infer: ({ x, bias, ...parts }, { format, rows, columns, transposed }) => {
    checkParts('quantized_linear', parts, format, rows, columns);
    const [inner, outer] = transposed ? [rows, columns] : [columns, rows];
    if (
      x.shape.at(-1) !== inner ||
      !isFloat(x.dtype) ||
      (bias !== undefined && (bias.shape.length !== 1 || bias.shape[0] !== outer))
    )
      throw new AutomodelError(
        'bad-shape',
        `quantized_linear: a weight [${rows},${columns}]${transposed ? ' (transposed)' : ''} and ` +
          `bias ${bias === undefined ? 'none' : formatShape(bias.shape)} do not fit x ` +
          `${formatType(x)}`,
      );
    return [{ shape: x.shape.with(-1, outer), dtype: x.dtype }];
  },
  decompose: ({ x, bias, ...parts }, { transposed, compute, ...weight }) => {
    const values = dequantize(partList(parts), weight);
    if (!transposed) return [linear(x, values, bias, compute)];
    const lead = x.shape.slice(0, -1);
    const flat = reshape(x, [sizeOf(lead), weight.rows]);
    const product = matmul(flat, values, { outDType: x.dtype, compute });
    return [reshape(product, [...lead, weight.columns])];
  },
  gradient: ({ operands: { x, bias: _, ...parts }, gradients: { y: dy }, needs, attrs }) => {
    if (needs.bias)
      throw new AutomodelError(
        'unsupported',
        'quantized_linear: the bias of a quantised module is frozen',
        { hint: 'add it outside the module to train it' },
      );
    if (!needs.x) return {};
    const operands = [dy, undefined, ...partList(parts)];
    const [dx] = x.trace.apply(quantizedLinearOp, operands, {
      ...attrs,
      transposed: !attrs.transposed,
    });
    return { x: dx };
  },
  flops: ({ x, bias }, { y }, { rows, columns }) =>
    2 * sizeOf(x.shape.slice(0, -1)) * rows * columns + (bias === undefined ? 0 : sizeOf(y.shape)),
  castRule: 'compute',
  samples: [
    {
      inputs: [{ shape: [2, 3, 50] }, null, ...sampleParts(attributes('nf4', 7, 50, false))],
      attrs: attributes('nf4', 7, 50, false),
      differentiable: [0],
    },
    {
      inputs: [
        { shape: [33, 77] },
        { shape: [5] },
        ...sampleParts(attributes('nf4_double', 5, 77, false)),
      ],
      attrs: attributes('nf4_double', 5, 77, false),
      differentiable: [0],
    },
    {
      inputs: [{ shape: [9, 70] }, null, ...sampleParts(attributes('nf4_double', 70, 260, true))],
      attrs: attributes('nf4_double', 70, 260, true),
      differentiable: [0],
    },
    {
      inputs: [{ shape: [6, 50] }, null, ...sampleParts(attributes('int8', 40, 50, false))],
      attrs: attributes('int8', 40, 50, false),
      differentiable: [0],
    },
    {
      inputs: [{ shape: [6, 40] }, null, ...sampleParts(attributes('int8', 40, 50, true))],
      attrs: attributes('int8', 40, 50, true),
      differentiable: [0],
    },
    {
      inputs: [{ shape: [3, 128] }, null, ...sampleParts(attributes('nf4_double', 65, 128, false))],
      attrs: attributes('nf4_double', 65, 128, false, 'bf16'),
      differentiable: [],
    },
  ],
});
