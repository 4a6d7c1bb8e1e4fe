// Sums over ranks, of which every rank gets its piece along the first dimension.
import { nonEmpty } from '../../list-length.js';
import { isFloat } from '../../tensor/dtype.js';
import { sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { allGather } from './all-gather.js';
import { cut } from '../support/spread.js';
import { collectiveOp, type CollectiveAttributes } from './collective-op.js';
import { sumOfRanks } from './sum-of-ranks.js';

/**
 * x[ranks * R,...] of all ranks along `axis`, added up; each rank gets its rows [R,...]. One
 * collective for all tensors.
 */
export const reduceScatter = (
  tensors: readonly Tensor[],
  attrs: CollectiveAttributes,
): readonly Tensor[] => nonEmpty(tensors)[0].trace.apply(reduceScatterOp, tensors, attrs);

export const reduceScatterOp = collectiveOp<CollectiveAttributes>({
  name: 'reduce_scatter',
  summary: 'sums over the ranks of an axis, of which every rank gets its piece',
  result: ({ shape: [rows, ...rest], dtype }, { ranks }) =>
    rows === undefined || rows % ranks !== 0 || !isFloat(dtype)
      ? undefined
      : { shape: [rows / ranks, ...rest], dtype },
  results: (operands, { ranks }, round) => {
    const sum = sumOfRanks(operands, round);
    const shape = [sum.shape[0]! / ranks, ...sum.shape.slice(1)];
    const size = sizeOf(shape);
    return operands.map((_, rank) => ({
      ...sum,
      shape,
      data: sum.data.slice(rank * size, (rank + 1) * size),
    }));
  },
  gradient: (adjoints, { axis, ranks }) => allGather(adjoints, { axis, ranks }),
  joins: true,
  spread: ({ kind }) => (kind === 'partial' ? cut(0) : undefined),
  flops: ({ ranks }) => ranks - 1,
  sample: { axis: 'dp_shard', ranks: 2 },
});
