// The family of convolutions (cross-correlations, as in PyTorch) over one, two or three dimensions:
// windows are gathered, then multiplied with the weights as matrices. Convolutions of single
// channels are an op of their own.
import { AutomodelError } from '../../error.js';
import type { TensorType } from '../../graph/graph.js';
import { formatShape, formatType, sizeOf } from '../../tensor/shape.js';
import { isFloat } from '../../tensor/dtype.js';
import type { Tensor } from '../../tensor/tensor.js';
import { cast } from '../cast/cast.js';
import { defineOp, type OpDefinition, type OpSample } from '../support/define-op.js';
import type { Named } from '../support/name-list.js';
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

/** PyTorch's options of convolutions, with PyTorch's defaults. */
export interface ConvOptions {
  readonly stride?: number | readonly number[];
  readonly padding?: number | readonly number[];
  readonly dilation?: number | readonly number[];
  readonly groups?: number;
}

/** Applies a convolution op; an option given as one number holds for every dimension. */
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
  return x.trace.apply(op, [x, weight, bias], attrs)[0];
}

const windowOf = (weight: TensorType, { stride, padding, dilation }: ConvAttributes): Window => ({
  kernel: weight.shape.slice(2),
  stride,
  padding,
  dilation,
});

type ConvOperands<T> = Named<'x' | 'weight' | 'bias?', T>;

function infer(
  name: string,
  dimensions: number,
  { x, weight, bias }: ConvOperands<TensorType>,
  attrs: ConvAttributes,
): readonly [TensorType] {
  const [batch = 0, channels = 0] = x.shape;
  const [outputs = 0, ownChannels = 0] = weight.shape;
  const fits =
    x.shape.length === dimensions + 2 &&
    weight.shape.length === dimensions + 2 &&
    isFloat(x.dtype) &&
    isFloat(weight.dtype) &&
    ownChannels * attrs.groups === channels &&
    outputs % attrs.groups === 0 &&
    (bias === undefined || (bias.shape.length === 1 && bias.shape[0] === outputs));
  if (!fits)
    throw new AutomodelError(
      'bad-shape',
      `${name}: weight ${formatType(weight)} in ${attrs.groups} ` +
        `groups${bias === undefined ? '' : ` and bias ${formatShape(bias.shape)}`} do not fit x ` +
        `${formatType(x)}`,
    );
  return [
    {
      shape: [batch, outputs, ...windowCounts(name, x.shape.slice(2), windowOf(weight, attrs))],
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
  const [[batch = 0], [outputs = 0], { groups }] = [x.shape, weight.shape, attrs];
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
  { x, weight, bias }: ConvOperands<Tensor>,
  attrs: ConvAttributes,
): readonly [Tensor] {
  const [outputs = 0] = weight.shape;
  const [padding = 0] = attrs.padding;
  const [dilation = 1] = attrs.dilation;
  const counts = windowCounts(name, x.shape.slice(2), windowOf(weight, attrs));
  const perChannel =
    counts.length === 1 &&
    attrs.groups === x.shape[1] &&
    outputs === attrs.groups &&
    attrs.stride[0] === 1;
  const result = perChannel
    ? depthwiseConv1d(x, weight, {
        before: padding,
        after: padding,
        dilation,
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
  return defineOp({
    name,
    summary: `convolution over ${dimensions} dimension${dimensions === 1 ? '' : 's'}`,
    operands: ['x', 'weight', 'bias?'],
    infer: (operands, attrs) => infer(name, dimensions, operands, attrs),
    decompose: (operands, attrs) => decompose(name, operands, attrs),
    flops: ({ weight, bias }, { y }) =>
      (2 * sizeOf(weight.shape.slice(1)) + (bias === undefined ? 0 : 1)) * sizeOf(y.shape),
    castRule: 'compute',
    samples,
  });
}
