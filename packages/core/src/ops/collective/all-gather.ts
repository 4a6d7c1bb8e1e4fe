// Tensors that are cut along their first dimension, put together on every rank.
import type { AttributeValue } from '../../graph/graph.js';
import { nonEmpty } from '../../list-length.js';
import { isFloat, type DType } from '../../tensor/dtype.js';
import { allocateHostData } from '../../tensor/host-tensor.js';
import { sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { cast } from '../cast/cast.js';
import { isCutAt, replicated } from '../support/spread.js';
import { collectiveOp, type CollectiveAttributes } from './collective-op.js';
import { reduceScatter } from './reduce-scatter.js';

/**
 * `dtype`: what floats are rounded to before they travel; null: as they are; `compute`: what the
 * cast policy chooses for products.
 */
export type AllGatherAttributes = CollectiveAttributes & {
  readonly dtype: DType | 'compute' | null;
};

/**
 * x[R,...] of all ranks along `axis`, one after the other: [ranks * R,...]; one collective for all
 * tensors. Adjoints are added up in the dtype of x.
 */
export const allGather = (
  tensors: readonly Tensor[],
  attrs: CollectiveAttributes & { readonly dtype?: DType | 'compute' | null },
): readonly Tensor[] =>
  nonEmpty(tensors)[0].trace.apply(allGatherOp, tensors, { dtype: null, ...attrs });

/** The dtype in which x travels. */
const travelling = (dtype: DType, wanted: AttributeValue | undefined): DType =>
  isFloat(dtype) && wanted !== null && wanted !== 'compute' ? (wanted as DType) : dtype;

export const allGatherOp = collectiveOp<AllGatherAttributes>({
  name: 'all_gather',
  summary: 'the pieces that the ranks of an axis hold, one after the other, on every rank',
  moves: true,
  result: ({ shape: [rows, ...rest], dtype }, attrs) =>
    rows === undefined
      ? undefined
      : { shape: [rows * attrs.ranks, ...rest], dtype: travelling(dtype, attrs.dtype) },
  results: (operands, attrs) => {
    const [{ shape }] = operands;
    const dtype = travelling(operands[0].dtype, attrs.dtype);
    const size = sizeOf(shape);
    const data = allocateHostData(dtype, size * operands.length);
    operands.forEach((operand, rank) => data.set(operand.data as never, rank * size));
    const whole = { dtype, shape: [shape[0]! * operands.length, ...shape.slice(1)], data };
    return operands.map(() => whole);
  },
  gradient: (adjoints, { axis, ranks }, operands) =>
    reduceScatter(
      adjoints.map((adjoint, i) => cast(adjoint, operands[i]!.dtype)),
      { axis, ranks },
    ),
  joins: true,
  spread: (operand) => (isCutAt(operand, 0) ? replicated : undefined),
  flops: () => 0,
  sample: { axis: 'dp_shard', ranks: 2, dtype: null },
});
