// The logarithm of a sum of exponentials, stable for large entries.
import { AutomodelError } from '../../error.js';
import { isFloat } from '../../tensor/dtype.js';
import type { Tensor } from '../../tensor/tensor.js';
import { cast } from '../cast/cast.js';
import { floatFor } from '../support/operand.js';
import { exp } from '../elementwise/exp.js';
import { mul } from '../elementwise/mul.js';
import { sub } from '../elementwise/sub.js';
import { reducedDims, reductionOp, type ReductionAttributes } from './reduction-op.js';

/** ln(sum(e^x)) over `dims` (all when empty); of integers and bool in f32. */
export function logsumexp(x: Tensor, dims: readonly number[] = [], keepdim = false): Tensor {
  return x.trace.apply(logsumexpOp, [cast(x, floatFor(x.dtype))], {
    dims: reducedDims('logsumexp', x.rank, dims),
    keepdim,
  })[0];
}

export const logsumexpOp = reductionOp<ReductionAttributes>({
  name: 'logsumexp',
  summary: 'ln of the sum of e^x over dimensions',
  result: (dtype) => {
    if (!isFloat(dtype))
      throw new AutomodelError('bad-argument', `logsumexp takes float tensors, not ${dtype}`);
    return dtype;
  },
  float: (values) => {
    const top = values.reduce((best, value) => Math.max(best, value), -Infinity);
    const shift = Number.isFinite(top) ? top : 0;
    return shift + Math.log(values.reduce((total, value) => total + Math.exp(value - shift), 0));
  },
  gradient: ({ x, y, dy }) => mul(dy, exp(sub(x, y))),
  empty: true,
  extra: {},
});
