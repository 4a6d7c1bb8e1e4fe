// Means of floats.
import { AutomodelError } from '../../error.js';
import { isFloat } from '../../tensor/dtype.js';
import { sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { mul } from '../elementwise/mul.js';
import { expand } from '../layout/expand.js';
import { reducedDims, reductionOp, type ReductionAttributes } from './reduction-op.js';

/** Mean over `dims` (all when empty). */
export function mean(x: Tensor, dims: readonly number[] = [], keepdim = false): Tensor {
  return x.trace.apply(meanOp, [x], { dims: reducedDims('mean', x.rank, dims), keepdim })[0];
}

export const meanOp = reductionOp<ReductionAttributes>({
  name: 'mean',
  summary: 'mean over dimensions',
  result: (dtype) => {
    if (!isFloat(dtype))
      throw new AutomodelError('bad-argument', `mean takes float tensors, not ${dtype}`);
    return dtype;
  },
  float: (values) => values.reduce((total, value) => total + value, 0) / values.length,
  gradient: ({ x, dy }) =>
    expand(mul(dy, sizeOf(dy.shape) / Math.max(1, sizeOf(x.shape))), x.shape),
  empty: true,
  extra: {},
});
