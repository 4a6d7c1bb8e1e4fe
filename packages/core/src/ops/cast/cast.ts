// Conversion between dtypes. Float to integer truncates, anything to bool is `!= 0`; rounding to a
// narrower float belongs to the run, so exact runs keep f64.
import type { TensorType } from '../../graph/graph.js';
import { isFloat, type DType } from '../../tensor/dtype.js';
import { allocateHostData, type HostTensor } from '../../tensor/host-tensor.js';
import type { Tensor } from '../../tensor/tensor.js';
import { copyCost } from '../default-cost.js';
import { defineOp } from '../define-op.js';
import { storeInteger } from '../elements.js';

export type CastAttributes = { readonly to: DType };

/** x in `dtype`; x itself when it has that dtype. */
export function cast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : x.trace.apply(castOp, [x], { to: dtype })[0]!;
}

function reference(
  inputs: readonly (HostTensor | undefined)[],
  _attrs: CastAttributes,
  outputs: readonly TensorType[],
): HostTensor[] {
  const x = inputs[0]!.data;
  const type = outputs[0]!;
  const data = allocateHostData(type.dtype, x.length);
  for (let i = 0; i < x.length; i++) {
    const value = x[i]!;
    if (data instanceof Float64Array) data[i] = Number(value);
    else if (type.dtype === 'bool') data[i] = Number(value) === 0 ? 0 : 1;
    else
      storeInteger(
        data,
        i,
        typeof value === 'bigint'
          ? value
          : Number.isFinite(value)
            ? BigInt(Math.trunc(value))
            : -(2n ** 63n),
      );
  }
  return [{ ...type, data }];
}

export const castOp = defineOp<CastAttributes>({
  name: 'cast',
  summary: 'the same elements in another dtype',
  infer: (inputs, attrs) => [{ shape: inputs[0]!.shape, dtype: attrs.to }],
  reference,
  gradient: ({ inputs, gradients }) => [
    isFloat(inputs[0]!.dtype) && gradients[0] !== undefined
      ? cast(gradients[0], inputs[0]!.dtype)
      : undefined,
  ],
  cost: copyCost,
  precision: 'follow',
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
