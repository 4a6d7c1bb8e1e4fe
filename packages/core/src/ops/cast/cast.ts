// Conversion between dtypes. Float to integer truncates, anything to bool is `!= 0`; rounding to a
// narrower float belongs to the run, so exact runs keep f64.

import { bytesOf, isFloat, type DType } from '../../tensor/dtype.js';
import { allocateHostData } from '../../tensor/host-tensor.js';
import type { Tensor } from '../../tensor/tensor.js';
import { noFlops } from '../support/default-cost.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { storeInteger } from '../support/elements.js';

export type CastAttributes = { readonly to: DType };

/** x in `dtype`; x itself when it has that dtype. */
export function cast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : x.trace.apply(castOp, [x], { to: dtype })[0];
}

/** A number without its fraction, as an integer; the smallest integer for infinity and NaN. */
function truncated(value: number | bigint): bigint {
  if (typeof value === 'bigint') return value;
  return Number.isFinite(value) ? BigInt(Math.trunc(value)) : -(2n ** 63n);
}

export const castOp: OpDefinition<CastAttributes> = defineOp({
  name: 'cast',
  summary: 'the same elements in another dtype',
  operands: ['x'],
  infer: ({ x }, attrs) => [{ shape: x.shape, dtype: attrs.to }],
  reference({ x }, _attrs, { y: type }) {
    const data = allocateHostData(type.dtype, x.data.length);
    x.data.forEach((value: number | bigint, i: number) => {
      if (data instanceof Float64Array) data[i] = Number(value);
      else if (type.dtype === 'bool') data[i] = Number(value) === 0 ? 0 : 1;
      else storeInteger(data, i, truncated(value));
    });
    return [{ ...type, data }];
  },
  gradient: ({ operands: { x }, gradients: { y: dy } }) => ({
    x: isFloat(x.dtype) ? cast(dy, x.dtype) : undefined,
  }),
  flops: noFlops,
  spread: ({ x }, { to }, { operands, refuse }) => [
    x.kind === 'partial' && (!isFloat(to) || bytesOf(to) < bytesOf(operands.x.dtype))
      ? refuse('x', `it would be rounded to ${to} before ranks are added`)
      : x,
  ],
  castRule: 'follow',
  overwrites: [[0, 0]],
  samples: [
    { inputs: [{ shape: [3, 5] }], attrs: { to: 'bf16' } },
    { inputs: [{ shape: [3, 5], dtype: 'bf16' }], attrs: { to: 'f32' } },
    { inputs: [{ shape: [7], dtype: 'f16' }], attrs: { to: 'f32' } },
    { inputs: [{ shape: [4, 4], range: [-9, 9] }], attrs: { to: 'i64' } },
    { inputs: [{ shape: [2, 0, 3] }], attrs: { to: 'i32' } },
    { inputs: [{ shape: [9], dtype: 'i64', range: [-4, 4] }], attrs: { to: 'bool' } },
    { inputs: [{ shape: [], dtype: 'i32', range: [-4, 4] }], attrs: { to: 'f32' } },
    { inputs: [{ shape: [6], dtype: 'bool' }], attrs: { to: 'i64' } },
  ],
});
