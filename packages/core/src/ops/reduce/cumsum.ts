// Running sums along a dimension; integers and bool in i64.
import { categoryOf } from '../../tensor/dtype.js';
import { allocateHostData } from '../../tensor/host-tensor.js';
import { normalizeAxis } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { aroundAxis, integerAt } from '../support/elements.js';
import { flip } from '../layout/flip.js';

export type CumsumAttributes = { readonly dim: number };

/** Element i along `dim` is the sum of the elements up to and including i. */
export function cumsum(x: Tensor, dim: number): Tensor {
  return x.trace.apply(cumsumOp, [x], { dim: normalizeAxis('cumsum', dim, x.rank) })[0];
}

export const cumsumOp: OpDefinition<CumsumAttributes> = defineOp({
  name: 'cumsum',
  summary: 'running sums along a dimension',
  operands: ['x'],
  infer: ({ x }, { dim }) => {
    normalizeAxis('cumsum', dim, x.shape.length);
    return [{ shape: x.shape, dtype: categoryOf(x.dtype) === 'float' ? x.dtype : 'i64' }];
  },
  reference: ({ x }, { dim }, { y }) => {
    const { outer, size, inner } = aroundAxis(
      x.shape,
      normalizeAxis('cumsum', dim, x.shape.length),
    );
    const data = allocateHostData(y.dtype, x.data.length);
    for (let o = 0; o < outer; o++)
      for (let i = 0; i < size; i++)
        for (let n = 0; n < inner; n++) {
          const at = (o * size + i) * inner + n;
          if (data instanceof BigInt64Array)
            data[at] = integerAt(x.data, at) + (i === 0 ? 0n : data[at - inner]!);
          else data[at] = Number(x.data[at]) + (i === 0 ? 0 : Number(data[at - inner]));
        }
    return [{ ...y, data }];
  },
  gradient: ({ gradients: { y: dy }, attrs }) => ({
    x: flip(cumsum(flip(dy, [attrs.dim]), attrs.dim), [attrs.dim]),
  }),
  castRule: 'full',
  samples: [
    { inputs: [{ shape: [2, 3, 5] }], attrs: { dim: -1 } },
    { inputs: [{ shape: [2, 3, 5] }], attrs: { dim: 1 } },
    { inputs: [{ shape: [4, 3], dtype: 'i32', range: [0, 5] }], attrs: { dim: 0 } },
    { inputs: [{ shape: [7], dtype: 'bool' }], attrs: { dim: 0 } },
  ],
});
