// The family of convolutions (cross-correlations, as in PyTorch) over one, two or three dimensions:
// windows are gathered, then multiplied with the weights as matrices; a channel by itself is an op
// of its own.
import { AutomodelError } from '../../error.js';
import type { TensorType } from '../../graph/graph.js';
import { formatShape, sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { cast } from '../cast/cast.js';
import { defineOp, type OpDefinition, type OpSample } from '../define-op.js';
import { add } from '../elementwise/add.js';
import { reshape } from '../layout/reshape.js';
import { matmul } from '../linear/matmul.js';
import { depthwiseConv1d } from './depthwise-conv1d.js';
import { unfold, windowCounts, type Window } from './windows.js';

/** One number for each spatial dimension; `groups` divides channels. */
export type ConvAttributes = {
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
  readonly compute: 'f32' | 'bf16';
};

export interface ConvOptions {
  readonly stride?: number | readonly number[];
  readonly padding?: number | readonly number[];
  readonly dilation?: number | readonly number[];
  readonly groups?: number;
}

/** Applies a convolution op: options of one number hold for every dimension. */
export function applyConv(
  op: OpDefinition<ConvAttributes>,
  dimensions: number,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  options: ConvOptions,
): Tensor {
  const each = (value: number | readonly number[] | undefined, otherwise: number): number[] =>
    typeof value === 'object' ? [...value] : new Array<number>(dimensions).fill(value ?? otherwise);
  const attrs = {
    stride: each(options.stride, 1),
    padding: each(options.padding, 0),
    dilation: each(options.dilation, 1),
    groups: options.groups ?? 1,
    compute: 'f32' as const,
  };
  return x.trace.apply(op, [x, weight, bias], attrs)[0]!;
}

const windowOf = (weight: TensorType, { stride, padding, dilation }: ConvAttributes): Window => ({
  kernel: weight.shape.slice(2),
  stride,
  padding,
  dilation,
});

function infer(
  name: string,
  dimensions: number,
  inputs: readonly (TensorType | undefined)[],
  attrs: ConvAttributes,
): TensorType[] {
  const [x, weight, bias] = [inputs[0]!, inputs[1]!, inputs[2]];
  const [channels, outputs] = [x.shape[1]!, weight.shape[0]!];
  const fits =
    x.shape.length === dimensions + 2 &&
    weight.shape.length === dimensions + 2 &&
    weight.shape[1]! * attrs.groups === channels &&
    outputs % attrs.groups === 0 &&
    (bias === undefined || (bias.shape.length === 1 && bias.shape[0] === outputs));
  if (!fits)
    throw new AutomodelError(
      'bad-shape',
      `${name}: weight ${formatShape(weight.shape)} in ${attrs.groups} ` +
        `groups${bias === undefined ? '' : ` and bias ${formatShape(bias.shape)}`} do not fit x ` +
        `${formatShape(x.shape)}`,
    );
  return [
    {
      shape: [
        x.shape[0]!,
        outputs,
        ...windowCounts(name, x.shape.slice(2), windowOf(weight, attrs)),
      ],
      dtype: x.dtype,
    },
  ];
}

/** Windows [N,G,C/G*K,S] times weights [G,O/G,C/G*K] -> [N,O,...counts]. */
function multiplyWindows(
  name: string,
  x: Tensor,
  weight: Tensor,
  attrs: ConvAttributes,
  counts: readonly number[],
): Tensor {
  const [batch, outputs, { groups }] = [x.shape[0]!, weight.shape[0]!, attrs];
  const inner = sizeOf(weight.shape.slice(1));
  const columns = reshape(unfold(name, x, windowOf(weight, attrs)), [
    batch,
    groups,
    inner,
    sizeOf(counts),
  ]);
  const product = matmul(reshape(weight, [groups, outputs / groups, inner]), columns, {
    outDType: x.dtype,
    compute: attrs.compute,
  });
  return reshape(product, [batch, outputs, ...counts]);
}

function decompose(
  name: string,
  inputs: readonly (Tensor | undefined)[],
  attrs: ConvAttributes,
): Tensor[] {
  const [x, weight, bias] = [inputs[0]!, inputs[1]!, inputs[2]];
  const outputs = weight.shape[0]!;
  const counts = windowCounts(name, x.shape.slice(2), windowOf(weight, attrs));
  const perChannel =
    counts.length === 1 &&
    attrs.groups === x.shape[1] &&
    outputs === attrs.groups &&
    attrs.stride[0] === 1;
  const result = perChannel
    ? depthwiseConv1d(x, weight, {
        before: attrs.padding[0]!,
        after: attrs.padding[0]!,
        dilation: attrs.dilation[0]!,
      })
    : multiplyWindows(name, x, weight, attrs, counts);
  return [
    bias === undefined
      ? result
      : add(result, reshape(cast(bias, x.dtype), [outputs, ...counts.map(() => 1)])),
  ];
}

export function convOp(
  name: string,
  dimensions: number,
  samples: readonly OpSample<ConvAttributes>[],
): OpDefinition<ConvAttributes> {
  return defineOp<ConvAttributes>({
    name,
    summary: `convolution over ${dimensions} dimension${dimensions === 1 ? '' : 's'}`,
    infer: (inputs, attrs) => infer(name, dimensions, inputs, attrs),
    decompose: (inputs, attrs) => decompose(name, inputs, attrs),
    cost: (inputs, outputs) => ({
      flops: 2 * sizeOf(outputs[0]!.shape) * sizeOf(inputs[1]!.shape.slice(1)),
      bytes: 4 * (sizeOf(inputs[0]!.shape) + sizeOf(inputs[1]!.shape) + sizeOf(outputs[0]!.shape)),
    }),
    precision: 'compute',
    samples,
  });
}
