// A tensor filled with one number.
import { currentTrace, type Trace } from '../../graph/trace.js';
import type { DType } from '../../tensor/dtype.js';
import { allocateHostData } from '../../tensor/host-tensor.js';
import { sizeOf, type Shape } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { noFlops } from '../support/default-cost.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { storeInteger } from '../support/elements.js';

export type FullAttributes = {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly value: number | bigint;
};

/** `value` everywhere. */
export function full(
  shape: Shape,
  value: number | bigint | boolean,
  dtype: DType,
  trace: Trace = currentTrace(),
): Tensor {
  return trace.apply(fullOp, [], {
    shape: [...shape],
    dtype,
    value: typeof value === 'boolean' ? Number(value) : value,
  })[0];
}

/** Zeros in the open trace. */
export const zeros = (shape: Shape, dtype: DType, trace: Trace = currentTrace()): Tensor =>
  full(shape, 0, dtype, trace);

/** Ones in the open trace. */
export const ones = (shape: Shape, dtype: DType, trace: Trace = currentTrace()): Tensor =>
  full(shape, 1, dtype, trace);

/** Zeros of the shape and dtype of `like`. */
export const zerosLike = (like: Tensor): Tensor => full(like.shape, 0, like.dtype, like.trace);

export const fullOp: OpDefinition<FullAttributes> = defineOp({
  name: 'full',
  summary: 'one number everywhere',
  operands: [],
  infer: (_operands, { shape, dtype }) => [{ shape, dtype }],
  reference: (_operands, { shape, dtype, value }) => {
    const data = allocateHostData(dtype, sizeOf(shape));
    if (data instanceof Float64Array) data.fill(Number(value));
    else
      for (let i = 0; i < data.length; i++)
        storeInteger(data, i, typeof value === 'bigint' ? value : BigInt(Math.trunc(value)));
    return [{ shape, dtype, data }];
  },
  flops: noFlops,
  castRule: 'follow',
  samples: [
    { inputs: [], attrs: { shape: [2, 3], dtype: 'f32', value: 2.5 } },
    { inputs: [], attrs: { shape: [], dtype: 'bool', value: 1 } },
    { inputs: [], attrs: { shape: [4], dtype: 'i64', value: -(2n ** 62n) } },
  ],
});
