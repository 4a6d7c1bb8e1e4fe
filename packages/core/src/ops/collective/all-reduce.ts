// Sums over ranks that every rank gets.
import { nonEmpty } from '../../list-length.js';
import { isFloat } from '../../tensor/dtype.js';
import type { Tensor } from '../../tensor/tensor.js';
import { replicated } from '../support/spread.js';
import { collectiveOp, type CollectiveAttributes } from './collective-op.js';
import { sumOfRanks } from './sum-of-ranks.js';

/** The tensors of all ranks along `axis`, added up; one collective for all of them. */
export const allReduce = (
  tensors: readonly Tensor[],
  attrs: CollectiveAttributes,
): readonly Tensor[] => nonEmpty(tensors)[0].trace.apply(allReduceOp, tensors, attrs);

export const allReduceOp = collectiveOp<CollectiveAttributes>({
  name: 'all_reduce',
  summary: 'sums over the ranks of an axis, on every rank',
  overwritesEach: true,
  result: (operand) => (isFloat(operand.dtype) ? operand : undefined),
  results: (operands, _attrs, round) => {
    const sum = sumOfRanks(operands, round);
    return operands.map(() => sum);
  },
  gradient: (adjoints, attrs) => allReduce(adjoints, attrs),
  spread: ({ kind }) => (kind === 'partial' ? replicated : undefined),
  flops: ({ ranks }) => ranks - 1,
  sample: { axis: 'dp_replicate', ranks: 2 },
});
