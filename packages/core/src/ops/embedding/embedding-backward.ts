// Adjoint of the embedding table: gradients of equal ids are added in the order of the tokens.
import type { TensorType } from '../../graph/graph.js';
import type { DType } from '../../tensor/dtype.js';
import type { HostTensor } from '../../tensor/host-tensor.js';
import { sizeOf, sizesOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { totalBytes } from '../support/default-cost.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { floatsOf, newFloats } from '../support/elements.js';
import { accumulatorOperand } from '../support/unread-operand.js';

export type EmbeddingBackwardAttributes = { readonly rows: number; readonly dtype: DType };

/** gradient[...,D], ids[...] -> [rows,D] in `dtype`. */
export function embeddingBackward(
  gradient: Tensor,
  ids: Tensor,
  rows: number,
  dtype: DType,
): Tensor {
  return gradient.trace.apply(embeddingBackwardOp, [gradient, ids], { rows, dtype })[0];
}

const inferTable = (
  { dy }: { readonly dy: TensorType },
  { rows, dtype }: EmbeddingBackwardAttributes,
): readonly [TensorType] => [{ shape: [rows, dy.shape.at(-1) ?? 0], dtype }];

function scatter(
  gradient: HostTensor,
  ids: HostTensor,
  type: TensorType,
  data: Float64Array,
): HostTensor {
  const [, width] = sizesOf(type, 2);
  for (let i = 0; i < ids.data.length; i++)
    for (let d = 0; d < width; d++)
      data[Number(ids.data[i]) * width + d]! += Number(gradient.data[i * width + d]);
  return { ...type, data };
}

const SAMPLE = [
  { shape: [5, 3] },
  { shape: [5], dtype: 'i32' as const, values: [2, 0, 2, 6, 2] },
] as const;

export const embeddingBackwardOp: OpDefinition<EmbeddingBackwardAttributes> = defineOp({
  name: 'embedding_backward',
  summary: 'sums gradient rows into the rows of a table by id',
  operands: ['dy', 'ids'],
  outputs: ['dweight'],
  infer: inferTable,
  reference: ({ dy, ids }, _attrs, { dweight }) => [scatter(dy, ids, dweight, newFloats(dweight))],
  flops: ({ dy }) => sizeOf(dy.shape),
  accumulating: { output: 0, op: () => embeddingBackwardAccumulateOp },
  samples: [{ inputs: SAMPLE, attrs: { rows: 7, dtype: 'f32' }, differentiable: [] }],
});

/**
 * The same, added to keep * accumulator; keep = 0 ignores the accumulator. Operands: gradient, ids,
 * accumulator[rows,D], keep f32[].
 */
export const embeddingBackwardAccumulateOp: OpDefinition<EmbeddingBackwardAttributes> = defineOp({
  name: 'embedding_backward_accumulate',
  summary: 'embedding_backward added to keep * accumulator',
  operands: ['dy', 'ids', 'accumulator', 'keep'],
  outputs: ['dweight'],
  infer: inferTable,
  reference: ({ dy, ids, accumulator, keep }, _attrs, { dweight }) => {
    const factor = Number(keep.data[0]);
    const start = floatsOf(accumulator).map((v) => (factor === 0 ? 0 : factor * v));
    return [scatter(dy, ids, dweight, start)];
  },
  flops: ({ dy }) => sizeOf(dy.shape),
  /** In place: each row of dy is added to one row of the table, which is read and written. */
  bytes: ({ dy, ids, keep }, { dweight: { dtype } }) => {
    const row = { shape: dy.shape, dtype };
    return totalBytes([dy, ids, keep, row, row]);
  },
  overwrites: [[0, 2]],
  samples: [1, 0].map((keep) => ({
    inputs: [...SAMPLE, accumulatorOperand([7, 3], keep), { shape: [], values: [keep] }],
    attrs: { rows: 7, dtype: 'f32' } as const,
    differentiable: [],
  })),
});
