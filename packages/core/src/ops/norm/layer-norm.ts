// Layer normalisation over the last dimension (Ba, Kiros and Hinton 2016), as
// torch.nn.functional.layer_norm: statistics in f32, the variance is that of the population. Mean
// and reciprocal standard deviation of each row are results too, for the backward op.
import { exactly } from '../../list-length.js';
import { AutomodelError } from '../../error.js';
import type { TensorType } from '../../graph/graph.js';
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

export type LayerNormAttributes = { readonly eps: number };

/**
 * x[...,D], weight[D] or undefined, bias[D] or undefined -> y[...,D] in the dtype of x: (x - mean)
 * / sqrt(variance + eps) * weight + bias.
 */
export function layerNorm(
  x: Tensor,
  weight: Tensor | undefined,
  bias: Tensor | undefined,
  eps = 1e-5,
): Tensor {
  return x.trace.apply(layerNormOp, [x, weight, bias], { eps })[0];
}

const rowsOf = (x: TensorType): number => sizeOf(x.shape.slice(0, -1));

export const layerNormOp: OpDefinition<LayerNormAttributes> = defineOp({
  name: 'layer_norm',
  summary: '(x - mean) / sqrt(variance + eps) * weight + bias over the last dimension',
  operands: ['x', 'weight?', 'bias?'],
  outputs: ['y', 'mean', 'rstd'],
  infer({ x, weight, bias }) {
    const fits = (row: TensorType | undefined): boolean =>
      row === undefined || (row.shape.length === 1 && row.shape[0] === x.shape.at(-1));
    const named = (row: TensorType | undefined): string =>
      row === undefined ? 'none' : formatShape(row.shape);
    if (x.shape.length === 0 || !fits(weight) || !fits(bias))
      throw new AutomodelError(
        'bad-shape',
        `layer_norm: weight ${named(weight)} and bias ${named(bias)} do not fit x ` +
          `${formatShape(x.shape)}`,
      );
    return [
      { shape: x.shape, dtype: x.dtype },
      { shape: [rowsOf(x)], dtype: 'f32' },
      { shape: [rowsOf(x)], dtype: 'f32' },
    ];
  },
  /** [y, mean[rows], rstd[rows]]. */
  decompose({ x, weight, bias }, { eps }) {
    const wide = cast(x, 'f32');
    const average = mean(wide, [-1], true);
    const centered = sub(wide, average);
    const rstd = rsqrt(add(mean(mul(centered, centered), [-1], true), eps));
    const normal = mul(centered, rstd);
    const scaled = weight === undefined ? normal : mul(normal, cast(weight, 'f32'));
    const shifted = bias === undefined ? scaled : add(scaled, cast(bias, 'f32'));
    return [cast(shifted, x.dtype), reshape(average, [rowsOf(x)]), reshape(rstd, [rowsOf(x)])];
  },
  gradient: ({
    operands: { x, weight, bias },
    outputs: { mean, rstd },
    gradients: { y: dy },
    needs,
    attrs,
  }) => {
    const saved = [dy, x, weight, mean, rstd];
    const [dx, dweight, dbias] = exactly(x.trace.apply(layerNormBackwardOp, saved, attrs), 3);
    return {
      x: dx,
      weight: dweight,
      bias: needs.bias && bias !== undefined ? cast(dbias, bias.dtype) : undefined,
    };
  },
  flops: ({ x }) => 7 * sizeOf(x.shape),
  castRule: 'follow',
  samples: [
    { inputs: [{ shape: [5, 8] }, { shape: [8] }, { shape: [8] }], attrs: { eps: 1e-5 } },
    { inputs: [{ shape: [3, 4, 33] }, { shape: [33] }, null], attrs: { eps: 1e-6 } },
    { inputs: [{ shape: [2, 6] }, null, { shape: [6] }], attrs: { eps: 1e-5 } },
    { inputs: [{ shape: [7] }, { shape: [7] }, { shape: [7] }], attrs: { eps: 1e-2 } },
  ],
});

/**
 * gradient, x, weight or undefined, mean, rstd -> [dx, dweight[D], dbias[D] in f32] (dweight is [0]
 * without a weight).
 */
export const layerNormBackwardOp: OpDefinition<LayerNormAttributes> = defineOp({
  name: 'layer_norm_backward',
  summary: 'adjoints of x, weight and bias of layer_norm',
  operands: ['dy', 'x', 'weight?', 'mean', 'rstd'],
  outputs: ['dx', 'dweight', 'dbias'],
  infer: ({ x, weight }) => [
    x,
    weight ?? { shape: [0], dtype: 'f32' },
    { shape: x.shape.slice(-1), dtype: 'f32' },
  ],
  /**
   * With n = (x - mean) * rstd and u = gradient * weight: dx = rstd * (u - mean(u) - n * mean(u *
   * n)); dweight and dbias are sums over rows of gradient * n and gradient.
   */
  decompose({ weight, ...operands }) {
    const [gradient, x] = [cast(operands.dy, 'f32'), cast(operands.x, 'f32')];
    const perRow = [...x.shape.slice(0, -1), 1];
    const rstd = reshape(operands.rstd, perRow);
    const normal = mul(sub(x, reshape(operands.mean, perRow)), rstd);
    const u = weight === undefined ? gradient : mul(gradient, cast(weight, 'f32'));
    const dx = mul(
      rstd,
      sub(sub(u, mean(u, [-1], true)), mul(normal, mean(mul(u, normal), [-1], true))),
    );
    const rows = x.shape.slice(0, -1).map((_, i) => i);
    const overRows = (value: Tensor): Tensor => (rows.length === 0 ? value : sum(value, rows));
    const dweight =
      weight === undefined
        ? full([0], 0, 'f32')
        : cast(overRows(mul(gradient, normal)), weight.dtype);
    return [cast(dx, operands.x.dtype), dweight, overRows(gradient)];
  },
  flops: ({ dy }) => 14 * sizeOf(dy.shape),
  castRule: 'follow',
  samples: [
    {
      inputs: [
        { shape: [5, 8] },
        { shape: [5, 8] },
        { shape: [8] },
        { shape: [5] },
        { shape: [5], range: [0.5, 2] },
      ],
      attrs: { eps: 1e-5 },
      differentiable: [],
    },
    {
      inputs: [
        { shape: [3, 4, 33] },
        { shape: [3, 4, 33] },
        null,
        { shape: [12] },
        { shape: [12], range: [0.5, 2] },
      ],
      attrs: { eps: 1e-6 },
      differentiable: [],
    },
  ],
});
