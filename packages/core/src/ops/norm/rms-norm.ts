// Root-mean-square normalisation over the last dimension (Zhang and Sennrich 2019), statistics in
// f32. `weightOffset` 1 gives Gemma's (1 + weight).
import type { TensorType } from '../../graph/graph.js';
import { AutomodelError } from '../../error.js';
import { formatShape, sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { cast } from '../cast/cast.js';
import { full } from '../creation/full.js';
import { defineOp, type OpDefinition } from '../define-op.js';
import { add } from '../elementwise/add.js';
import { mul } from '../elementwise/mul.js';
import { rsqrt } from '../elementwise/rsqrt.js';
import { sub } from '../elementwise/sub.js';
import { reshape } from '../layout/reshape.js';
import { mean } from '../reduce/mean.js';
import { sum } from '../reduce/sum.js';

export type RmsNormAttributes = { readonly eps: number; readonly weight_offset: number };

/**
 * x[...,D], weight[D] or undefined -> y[...,D] in the dtype of x: x / sqrt(mean(x^2) + eps) *
 * (weightOffset + weight).
 */
export function rmsNorm(
  x: Tensor,
  weight: Tensor | undefined,
  eps: number,
  weightOffset = 0,
): Tensor {
  return x.trace.apply(rmsNormOp, [x, weight], { eps, weight_offset: weightOffset })[0]!;
}

const rowsOf = (type: TensorType): number[] => type.shape.slice(0, -1);

function infer(inputs: readonly (TensorType | undefined)[]): TensorType[] {
  const [x, weight] = [inputs[0]!, inputs[1]];
  if (
    x.shape.length === 0 ||
    (weight !== undefined && (weight.shape.length !== 1 || weight.shape[0] !== x.shape.at(-1)))
  )
    throw new AutomodelError(
      'bad-shape',
      `rms_norm: weight ${weight === undefined ? 'none' : formatShape(weight.shape)} does not ` +
        `fit x ${formatShape(x.shape)}`,
    );
  return [
    { shape: x.shape, dtype: x.dtype },
    { shape: [sizeOf(rowsOf(x))], dtype: 'f32' },
  ];
}

/** [y, rstd[rows]]: the reciprocal root mean square of each row is kept for the backward op. */
function decompose(inputs: readonly (Tensor | undefined)[], attrs: RmsNormAttributes): Tensor[] {
  const [x, weight] = [inputs[0]!, inputs[1]];
  const wide = cast(x, 'f32');
  const rstd = rsqrt(add(mean(mul(wide, wide), [-1], true), attrs.eps));
  const scaled = mul(wide, rstd);
  const gain =
    weight === undefined
      ? undefined
      : attrs.weight_offset === 0
        ? cast(weight, 'f32')
        : add(cast(weight, 'f32'), attrs.weight_offset);
  return [
    cast(gain === undefined ? scaled : mul(scaled, gain), x.dtype),
    reshape(rstd, [sizeOf(x.shape.slice(0, -1))]),
  ];
}

const SAMPLES = [
  { inputs: [{ shape: [5, 8] }, { shape: [8] }], attrs: { eps: 1e-5, weight_offset: 0 } },
  { inputs: [{ shape: [3, 4, 33] }, { shape: [33] }], attrs: { eps: 1e-6, weight_offset: 1 } },
  { inputs: [{ shape: [2, 6] }, null], attrs: { eps: 1e-6, weight_offset: 0 } },
  { inputs: [{ shape: [7] }, { shape: [7] }], attrs: { eps: 1e-6, weight_offset: 0 } },
] as const;

export const rmsNormOp: OpDefinition<RmsNormAttributes> = defineOp<RmsNormAttributes>({
  name: 'rms_norm',
  summary: 'x / sqrt(mean(x^2) + eps) * (offset + weight) over the last dimension',
  infer,
  decompose,
  gradient: ({ inputs, outputs, gradients, needs, attrs }) => {
    const [x, weight] = [inputs[0]!, inputs[1]];
    const [dx, dweight] = x.trace.apply(
      rmsNormBackwardOp,
      [gradients[0], x, weight, outputs[1]],
      attrs,
    );
    return [needs[0] === true ? dx : undefined, needs[1] === true ? dweight : undefined];
  },
  cost: (inputs) => ({ flops: 4 * sizeOf(inputs[0]!.shape), bytes: 8 * sizeOf(inputs[0]!.shape) }),
  precision: 'follow',
  samples: SAMPLES,
});

/**
 * With u = gradient * gain: dx = rstd * u - x * rstd^3 * mean(u * x); dweight = sum over rows of
 * gradient * x * rstd.
 */
function decomposeBackward(
  inputs: readonly (Tensor | undefined)[],
  attrs: RmsNormAttributes,
): Tensor[] {
  const [gradient, x, weight] = [cast(inputs[0]!, 'f32'), cast(inputs[1]!, 'f32'), inputs[2]];
  const rstd = reshape(inputs[3]!, [...x.shape.slice(0, -1), 1]);
  const u =
    weight === undefined ? gradient : mul(gradient, add(cast(weight, 'f32'), attrs.weight_offset));
  const dx = sub(
    mul(rstd, u),
    mul(mul(x, mul(rstd, mul(rstd, rstd))), mean(mul(u, x), [-1], true)),
  );
  const rows = x.shape.slice(0, -1).map((_, i) => i);
  const products = mul(gradient, mul(x, rstd));
  const dweight =
    weight === undefined
      ? full([0], 0, 'f32')
      : cast(rows.length === 0 ? products : sum(products, rows), weight.dtype);
  return [cast(dx, inputs[1]!.dtype), dweight];
}

/** gradient, x, weight or undefined, rstd -> [dx, dweight[D]] (dweight is [0] without a weight). */
export const rmsNormBackwardOp: OpDefinition<RmsNormAttributes> = defineOp<RmsNormAttributes>({
  name: 'rms_norm_backward',
  summary: 'adjoints of x and weight of rms_norm',
  infer: (inputs) => [
    { shape: inputs[1]!.shape, dtype: inputs[1]!.dtype },
    inputs[2] === undefined
      ? { shape: [0], dtype: 'f32' }
      : { shape: inputs[2].shape, dtype: inputs[2].dtype },
  ],
  decompose: decomposeBackward,
  cost: (inputs) => ({
    flops: 10 * sizeOf(inputs[0]!.shape),
    bytes: 12 * sizeOf(inputs[0]!.shape),
  }),
  precision: 'follow',
  samples: [
    {
      inputs: [
        { shape: [5, 8] },
        { shape: [5, 8] },
        { shape: [8] },
        { shape: [5], range: [0.5, 2] },
      ],
      attrs: { eps: 1e-5, weight_offset: 0 },
      differentiable: [],
    },
    {
      inputs: [
        { shape: [3, 4, 33] },
        { shape: [3, 4, 33] },
        { shape: [33] },
        { shape: [12], range: [0.5, 2] },
      ],
      attrs: { eps: 1e-6, weight_offset: 1 },
      differentiable: [],
    },
  ],
});
