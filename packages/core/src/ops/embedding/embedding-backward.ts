// Adjoint of the embedding table: gradients of equal ids are added in the order of the tokens.
import type { TensorType } from '../../graph/graph.js';
import type { DType } from '../../tensor/dtype.js';
import { allocateHostData, type HostTensor } from '../../tensor/host-tensor.js';
import { sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpDefinition } from '../define-op.js';
import { accumulatorOperand } from '../unread-operand.js';

export type EmbeddingBackwardAttributes = { readonly rows: number; readonly dtype: DType };

/** gradient[...,D], ids[...] -> [rows,D] in `dtype`. */
export function embeddingBackward(
  gradient: Tensor,
  ids: Tensor,
  rows: number,
  dtype: DType,
): Tensor {
  return gradient.trace.apply(embeddingBackwardOp, [gradient, ids], { rows, dtype })[0]!;
}

const inferTable = (
  inputs: readonly (TensorType | undefined)[],
  attrs: EmbeddingBackwardAttributes,
): TensorType[] => [{ shape: [attrs.rows, inputs[0]!.shape.at(-1)!], dtype: attrs.dtype }];

function scatter(
  gradient: HostTensor,
  ids: HostTensor,
  type: TensorType,
  start: Float64Array | undefined,
): HostTensor {
  const width = type.shape[1]!;
  const data = start ?? (allocateHostData(type.dtype, sizeOf(type.shape)) as Float64Array);
  for (let i = 0; i < ids.data.length; i++)
    for (let d = 0; d < width; d++)
      data[Number(ids.data[i]) * width + d]! += Number(gradient.data[i * width + d]);
  return { ...type, data };
}

const SAMPLE = [
  { shape: [5, 3] },
  { shape: [5], dtype: 'i32' as const, values: [2, 0, 2, 6, 2] },
] as const;

export const embeddingBackwardOp: OpDefinition<EmbeddingBackwardAttributes> =
  defineOp<EmbeddingBackwardAttributes>({
    name: 'embedding_backward',
    summary: 'sums gradient rows into the rows of a table by id',
    infer: inferTable,
    reference: (inputs, _attrs, outputs) => [
      scatter(inputs[0]!, inputs[1]!, outputs[0]!, undefined),
    ],
    cost: (inputs, outputs) => ({
      flops: sizeOf(inputs[0]!.shape),
      bytes: 4 * (sizeOf(outputs[0]!.shape) + 2 * sizeOf(inputs[0]!.shape)),
    }),
    accumulating: { output: 0, op: () => embeddingBackwardAccumulateOp },
    samples: [{ inputs: SAMPLE, attrs: { rows: 7, dtype: 'f32' }, differentiable: [] }],
  });

/**
 * The same, added to keep * accumulator; keep = 0 ignores the accumulator. Operands: gradient, ids,
 * accumulator[rows,D], keep f32[].
 */
export const embeddingBackwardAccumulateOp: OpDefinition<EmbeddingBackwardAttributes> =
  defineOp<EmbeddingBackwardAttributes>({
    name: 'embedding_backward_accumulate',
    summary: 'embedding_backward added to keep * accumulator',
    infer: inferTable,
    reference: (inputs, _attrs, outputs) => {
      const keep = Number(inputs[3]!.data[0]);
      const start = Float64Array.from(inputs[2]!.data as Float64Array, (v) =>
        keep === 0 ? 0 : keep * v,
      );
      return [scatter(inputs[0]!, inputs[1]!, outputs[0]!, start)];
    },
    cost: (inputs) => ({ flops: sizeOf(inputs[0]!.shape), bytes: 12 * sizeOf(inputs[0]!.shape) }),
    overwrites: [[0, 2]],
    samples: [1, 0].map((keep) => ({
      inputs: [...SAMPLE, accumulatorOperand([7, 3], keep), { shape: [], values: [keep] }],
      attrs: { rows: 7, dtype: 'f32' } as const,
      differentiable: [],
    })),
  });
