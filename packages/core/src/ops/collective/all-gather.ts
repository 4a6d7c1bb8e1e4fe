// Tensors that are cut along their first dimension, put together on every rank.
import { nonEmpty } from '../../list-length.js';
import { sizeOf } from '../../tensor/shape.js';
import { allocateHostData } from '../../tensor/host-tensor.js';
import type { Tensor } from '../../tensor/tensor.js';
import { collectiveOp, type CollectiveAttributes } from './collective-op.js';
import { reduceScatter } from './reduce-scatter.js';

/**
 * x[R,...] of all ranks along `axis`, one after the other: [ranks * R,...]; one collective for all
 * tensors, of any dtype.
 */
export const allGather = (
  tensors: readonly Tensor[],
  attrs: CollectiveAttributes,
): readonly Tensor[] => nonEmpty(tensors)[0].trace.apply(allGatherOp, tensors, attrs);

export const allGatherOp = collectiveOp<CollectiveAttributes>({
  name: 'all_gather',
  summary: 'the pieces that the ranks of an axis hold, one after the other, on every rank',
  moves: true,
  shape: ({ shape: [rows, ...rest] }, { ranks }) =>
    rows === undefined ? undefined : [rows * ranks, ...rest],
  results: (operands) => {
    const [{ dtype, shape }] = operands;
    const size = sizeOf(shape);
    const data = allocateHostData(dtype, size * operands.length);
    operands.forEach((operand, rank) => data.set(operand.data as never, rank * size));
    const whole = { dtype, shape: [shape[0]! * operands.length, ...shape.slice(1)], data };
    return operands.map(() => whole);
  },
  gradient: (adjoints, attrs) => reduceScatter(adjoints, attrs),
  flops: () => 0,
  sample: { axis: 'dp_shard', ranks: 2 },
});
