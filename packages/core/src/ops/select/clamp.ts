// Limiting to a range. The gradient passes where min <= x <= max, bounds included, as in PyTorch.
import type { Tensor } from '../../tensor/tensor.js';
import { isFloat } from '../../tensor/dtype.js';
import { cast } from '../cast/cast.js';
import { and } from '../compare/and.js';
import { ge } from '../compare/ge.js';
import { le } from '../compare/le.js';
import { unaryOp } from '../elementwise/unary-op.js';
import { where } from './where.js';

export type ClampAttributes = { readonly min: number | null; readonly max: number | null };

/**
 * x limited to [min, max]; null leaves a side open. Fractional bounds turn an integer x into f32,
 * whole ones bool into i64. NaN stays.
 */
export function clamp(x: Tensor, min: number | null, max: number | null): Tensor {
  const whole = [min, max].every((bound) => bound === null || Number.isInteger(bound));
  const dtypeOfWhole = x.dtype === 'bool' ? 'i64' : x.dtype;
  const dtype = whole || isFloat(x.dtype) ? dtypeOfWhole : 'f32';
  return x.trace.apply(clampOp, [cast(x, dtype)], { min, max })[0];
}

function integerClamp(x: bigint, { min, max }: ClampAttributes): bigint {
  const low = min !== null && x < BigInt(min) ? BigInt(min) : x;
  return max !== null && low > BigInt(max) ? BigInt(max) : low;
}

export const clampOp = unaryOp<ClampAttributes>({
  name: 'clamp',
  summary: 'x limited to [min, max]',
  float: (x, { min, max }) => Math.min(Math.max(x, min ?? -Infinity), max ?? Infinity),
  integer: integerClamp,
  gradient: ({ x, dy, attrs: { min, max } }) => {
    const inside = [...(min === null ? [] : [ge(x, min)]), ...(max === null ? [] : [le(x, max)])];
    return inside.length === 0 ? dy : where(inside.reduce(and), dy, 0);
  },
  attributes: [
    { min: -1, max: 1 },
    { min: null, max: 0.5 },
    { min: 0, max: null },
  ],
});
