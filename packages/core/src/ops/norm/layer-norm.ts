// Layer normalisation over the last dimension (Ba, Kiros and Hinton 2016), as
// torch.nn.functional.layer_norm: statistics in f32, the variance is that of the population. Mean
// and reciprocal standard deviation of each row are results too, for the backward op.
import { AutomodelError } from '../../error.js';
import type { TensorType } from '../../graph/graph.js';
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
  return x.trace.apply(layerNormOp, [x, weight, bias], { eps })[0]!;
}

const rowsOf = (x: TensorType): number => sizeOf(x.shape.slice(0, -1));

function infer(inputs: readonly (TensorType | undefined)[]): TensorType[] {
  const x = inputs[0]!;
  const fits = (row: TensorType | undefined): boolean =>
    row === undefined || (row.shape.length === 1 && row.shape[0] === x.shape.at(-1));
  const named = (row: TensorType | undefined): string =>
    row === undefined ? 'none' : formatShape(row.shape);
  if (x.shape.length === 0 || !fits(inputs[1]) || !fits(inputs[2]))
    throw new AutomodelError(
      'bad-shape',
      `layer_norm: weight ${named(inputs[1])} and bias ${named(inputs[2])} do not fit x ` +
        `${formatShape(x.shape)}`,
    );
  return [
    { shape: x.shape, dtype: x.dtype },
    { shape: [rowsOf(x)], dtype: 'f32' },
    { shape: [rowsOf(x)], dtype: 'f32' },
  ];
}

/** [y, mean[rows], rstd[rows]]. */
function decompose(
  inputs: readonly (Tensor | undefined)[],
  { eps }: LayerNormAttributes,
): Tensor[] {
  const [x, weight, bias] = [inputs[0]!, inputs[1], inputs[2]];
  const wide = cast(x, 'f32');
  const average = mean(wide, [-1], true);
  const centered = sub(wide, average);
  const rstd = rsqrt(add(mean(mul(centered, centered), [-1], true), eps));
  const normal = mul(centered, rstd);
  const scaled = weight === undefined ? normal : mul(normal, cast(weight, 'f32'));
  const shifted = bias === undefined ? scaled : add(scaled, cast(bias, 'f32'));
  return [cast(shifted, x.dtype), reshape(average, [rowsOf(x)]), reshape(rstd, [rowsOf(x)])];
}

export const layerNormOp: OpDefinition<LayerNormAttributes> = defineOp<LayerNormAttributes>({
  name: 'layer_norm',
  summary: '(x - mean) / sqrt(variance + eps) * weight + bias over the last dimension',
  infer,
  decompose,
  gradient: ({ inputs, outputs, gradients, needs, attrs }) => {
    const [x, weight, bias] = [inputs[0]!, inputs[1], inputs[2]];
    const [dx, dweight, dbias] = x.trace.apply(
      layerNormBackwardOp,
      [gradients[0], x, weight, outputs[1], outputs[2]],
      attrs,
    );
    return [
      needs[0] === true ? dx : undefined,
      needs[1] === true ? dweight : undefined,
      needs[2] === true ? cast(dbias!, bias!.dtype) : undefined,
    ];
  },
  cost: (inputs) => ({ flops: 7 * sizeOf(inputs[0]!.shape), bytes: 8 * sizeOf(inputs[0]!.shape) }),
  precision: 'follow',
  samples: [
    { inputs: [{ shape: [5, 8] }, { shape: [8] }, { shape: [8] }], attrs: { eps: 1e-5 } },
    { inputs: [{ shape: [3, 4, 33] }, { shape: [33] }, null], attrs: { eps: 1e-6 } },
    { inputs: [{ shape: [2, 6] }, null, { shape: [6] }], attrs: { eps: 1e-5 } },
    { inputs: [{ shape: [7] }, { shape: [7] }, { shape: [7] }], attrs: { eps: 1e-2 } },
  ],
});

/**
 * With n = (x - mean) * rstd and u = gradient * weight: dx = rstd * (u - mean(u) - n * mean(u *
 * n)); dweight and dbias are sums over rows of gradient * n and gradient.
 */
function decomposeBackward(inputs: readonly (Tensor | undefined)[]): Tensor[] {
  const [gradient, x, weight] = [cast(inputs[0]!, 'f32'), cast(inputs[1]!, 'f32'), inputs[2]];
  const perRow = [...x.shape.slice(0, -1), 1];
  const rstd = reshape(inputs[4]!, perRow);
  const normal = mul(sub(x, reshape(inputs[3]!, perRow)), rstd);
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
  return [cast(dx, inputs[1]!.dtype), dweight, overRows(gradient)];
}

/**
 * gradient, x, weight or undefined, mean, rstd -> [dx, dweight[D], dbias[D] in f32] (dweight is [0]
 * without a weight).
 */
export const layerNormBackwardOp: OpDefinition<LayerNormAttributes> = defineOp<LayerNormAttributes>(
  {
    name: 'layer_norm_backward',
    summary: 'adjoints of x, weight and bias of layer_norm',
    infer: (inputs) => [
      { shape: inputs[1]!.shape, dtype: inputs[1]!.dtype },
      inputs[2] === undefined
        ? { shape: [0], dtype: 'f32' }
        : { shape: inputs[2].shape, dtype: inputs[2].dtype },
      { shape: inputs[1]!.shape.slice(-1), dtype: 'f32' },
    ],
    decompose: decomposeBackward,
    cost: (inputs) => ({
      flops: 14 * sizeOf(inputs[0]!.shape),
      bytes: 12 * sizeOf(inputs[0]!.shape),
    }),
    precision: 'follow',
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
  },
);
