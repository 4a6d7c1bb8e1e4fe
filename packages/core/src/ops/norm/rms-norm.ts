// Root-mean-square normalisation over the last dimension (Zhang and Sennrich 2019), statistics in
// f32. `weightOffset` 1 gives Gemma's (1 + weight).
import type { TensorType } from '../../graph/graph.js';
import { AutomodelError } from '../../error.js';
import { formatShape, sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { cast } from '../cast/cast.js';
import { full } from '../creation/full.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
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
  return x.trace.apply(rmsNormOp, [x, weight], { eps, weight_offset: weightOffset })[0];
}

const rowsOf = (type: TensorType): number[] => type.shape.slice(0, -1);

const SAMPLES = [
  { inputs: [{ shape: [5, 8] }, { shape: [8] }], attrs: { eps: 1e-5, weight_offset: 0 } },
  { inputs: [{ shape: [3, 4, 33] }, { shape: [33] }], attrs: { eps: 1e-6, weight_offset: 1 } },
  { inputs: [{ shape: [2, 6] }, null], attrs: { eps: 1e-6, weight_offset: 0 } },
  { inputs: [{ shape: [7] }, { shape: [7] }], attrs: { eps: 1e-6, weight_offset: 0 } },
] as const;

export const rmsNormOp: OpDefinition<RmsNormAttributes> = defineOp({
  name: 'rms_norm',
  summary: 'x / sqrt(mean(x^2) + eps) * (offset + weight) over the last dimension',
  operands: ['x', 'weight?'],
  outputs: ['y', 'rstd'],
  infer({ x, weight }) {
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
  },
  /** [y, rstd[rows]]: the reciprocal root mean square of each row is kept for the backward op. */
  decompose({ x, weight }, attrs) {
    const wide = cast(x, 'f32');
    const rstd = rsqrt(add(mean(mul(wide, wide), [-1], true), attrs.eps));
    const scaled = mul(wide, rstd);
    const saved = reshape(rstd, [sizeOf(rowsOf(x))]);
    if (weight === undefined) return [cast(scaled, x.dtype), saved];
    const wideWeight = cast(weight, 'f32');
    const gain = attrs.weight_offset === 0 ? wideWeight : add(wideWeight, attrs.weight_offset);
    return [cast(mul(scaled, gain), x.dtype), saved];
  },
  gradient: ({ operands: { x, weight }, outputs: { rstd }, gradients: { y: dy }, attrs }) => {
    const [dx, dweight] = x.trace.apply(rmsNormBackwardOp, [dy, x, weight, rstd], attrs);
    return { x: dx, weight: dweight };
  },
  flops: ({ x }) => 4 * sizeOf(x.shape),
  castRule: 'follow',
  samples: SAMPLES,
});

/** gradient, x, weight or undefined, rstd -> [dx, dweight[D]] (dweight is [0] without a weight). */
export const rmsNormBackwardOp: OpDefinition<RmsNormAttributes> = defineOp({
  name: 'rms_norm_backward',
  summary: 'adjoints of x and weight of rms_norm',
  operands: ['dy', 'x', 'weight?', 'rstd'],
  outputs: ['dx', 'dweight'],
  infer: ({ x, weight }) => [x, weight ?? { shape: [0], dtype: 'f32' }],
  /**
   * With u = gradient * gain: dx = rstd * u - x * rstd^3 * mean(u * x); dweight = sum over rows of
   * gradient * x * rstd.
   */
  decompose({ weight, ...operands }, attrs) {
    const [gradient, x] = [cast(operands.dy, 'f32'), cast(operands.x, 'f32')];
    const rstd = reshape(operands.rstd, [...x.shape.slice(0, -1), 1]);
    const u =
      weight === undefined
        ? gradient
        : mul(gradient, add(cast(weight, 'f32'), attrs.weight_offset));
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
    return [cast(dx, operands.x.dtype), dweight];
  },
  flops: ({ dy }) => 10 * sizeOf(dy.shape),
  castRule: 'follow',
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
