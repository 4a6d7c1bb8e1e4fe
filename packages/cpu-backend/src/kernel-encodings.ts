// The table of kernels: for every primitive and fused op how it becomes a native call, or why it
// needs none. Checked by tsc to be total. Composite ops run as their definition.
import {
  AutomodelError,
  type Activation,
  type Attributes,
  type DType,
  type FusedElementwiseAttributes,
  type FusedReductionAttributes,
  type KernelRequest,
  type OpName,
  type QuantizedFormat,
} from '@automodel/core';
import { encodeChain, type EncodedChain } from './encode-chain.js';
import type { KernelEncoding, Operands } from './kernel-encoding.js';
import type { NativeTensor } from './native-program.js';

/**
 * `decompose`: runs as its definition in simpler ops. `layout`: the planner turns it into
 * constants, views and copies. Every other primitive has a kernel.
 */
export type WithoutKernel = 'decompose' | 'layout';

const ACTIVATION_CODES: Readonly<Record<Activation, number>> = {
  silu: 0,
  gelu_tanh: 1,
  gelu: 2,
  relu: 3,
  sigmoid: 4,
  relu2: 5,
  quick_gelu: 6,
};

function number(attrs: Attributes, name: string): number {
  const value = attrs[name];
  if (typeof value !== 'number')
    throw new AutomodelError(
      'bad-graph',
      `attribute ${name} must be a number, not ${String(value)}`,
    );
  return value;
}
const numbers = (attrs: Attributes, name: string): readonly number[] =>
  attrs[name] as readonly number[];
const flag = (attrs: Attributes, name: string): number => (attrs[name] === true ? 1 : 0);
const axis = (dim: number, rank: number): number => (dim < 0 ? Math.max(0, dim + rank) : dim);
const floats =
  (...names: readonly string[]) =>
  (attrs: Attributes): readonly number[] =>
    names.map((name) => number(attrs, name));
const compute = (attrs: Attributes): readonly number[] => [attrs['compute'] === 'bf16' ? 1 : 0];
const activation = (attrs: Attributes): readonly number[] => [
  ACTIVATION_CODES[attrs['activation'] as Activation],
];

/** Fused kernels work in f32: f64 operands take the definition instead. */
const storable = ({ inputs }: KernelRequest): boolean => inputs.every((t) => t?.dtype !== 'f64');

/** Kernels of any strides and without attributes. */
const STRIDED: KernelEncoding = { views: 'any' };
const alongDimension: KernelEncoding = {
  views: 'any',
  ints: (attrs, rank) => [axis(number(attrs, 'dim'), rank)],
};
const reduction: KernelEncoding = {
  views: 'any',
  ints: (attrs, rank) => (rank === 0 ? [] : numbers(attrs, 'dims').map((dim) => axis(dim, rank))),
};
const extreme: KernelEncoding = {
  views: 'any',
  ints: (attrs, rank) =>
    attrs['dim'] === null || rank === 0 ? [] : [axis(number(attrs, 'dim'), rank)],
};
const ordering = (direction: string): KernelEncoding => ({
  views: 'any',
  ints: (attrs, rank) => [axis(number(attrs, 'dim'), rank), flag(attrs, direction)],
});
const triangle: KernelEncoding = { views: 'any', ints: (attrs) => [number(attrs, 'diagonal')] };
const FORMAT_CODES: Readonly<Record<QuantizedFormat, number>> = { nf4: 0, nf4_double: 1, int8: 2 };
const format = (attrs: Attributes): number => FORMAT_CODES[attrs['format'] as QuantizedFormat];
const quantizedWeight = (attrs: Attributes): readonly number[] => [
  format(attrs),
  number(attrs, 'rows'),
  number(attrs, 'columns'),
];
const gated: KernelEncoding = { views: 'any', ints: activation, accepts: storable };

/** A matrix seen as its transpose. */
function transposed(tensor: NativeTensor | null): NativeTensor | null {
  if (tensor === null) return null;
  const swap = <T>(list: readonly T[]): T[] => [...list.slice(0, -2), list.at(-1)!, list.at(-2)!];
  return { ...tensor, shape: swap(tensor.shape), strides: swap(tensor.strides) };
}

const gemm = (inputs: (operands: Operands) => Operands): KernelEncoding => ({
  kernel: 'gemm',
  views: 'any',
  inputs,
  ints: compute,
  floats: () => [1],
});
const depthwise: KernelEncoding = {
  views: 'any',
  ints: (attrs) => [number(attrs, 'before'), number(attrs, 'dilation')],
  accepts: storable,
};
const grouped: KernelEncoding = {
  views: 'any',
  ints: (attrs) => [flag(attrs, 'transposed'), ...compute(attrs)],
};
const norm: Pick<KernelEncoding, 'floats' | 'accepts'> = {
  floats: floats('eps', 'weight_offset'),
  accepts: storable,
};
const attention: Pick<KernelEncoding, 'ints' | 'floats'> = {
  ints: (attrs) => [number(attrs, 'window'), flag(attrs, 'causal')],
  floats: floats('scale', 'softcap'),
};
const loss: KernelEncoding = {
  views: 'row-major',
  ints: compute,
  floats: floats('softcap'),
  accepts: storable,
};
const lossWithGradient: KernelEncoding = { ...loss, kernel: 'linear_cross_entropy_with_gradient' };

const chainOf = (attrs: Attributes, inputs: Operands): EncodedChain =>
  encodeChain(
    attrs as FusedElementwiseAttributes,
    inputs.map((t) => t!),
  );
const chain: KernelEncoding = {
  views: 'any',
  ints: (attrs, _rank, inputs) => chainOf(attrs, inputs).ints,
  floats: (attrs, inputs) => chainOf(attrs, inputs).floats,
  accepts: ({ inputs, outputs }) => [...inputs, ...outputs].every((t) => t?.dtype !== 'f64'),
};

/** The program with its last instruction as the only result, then the frame and what is reduced. */
const reducedChain = (attrs: Attributes, inputs: Operands): EncodedChain => {
  const { program, shape, dims, reduction } = attrs as FusedReductionAttributes;
  const { ints, floats } = encodeChain(
    { program, shape, results: [program.length - 1] },
    inputs.map((t) => t!),
  );
  return {
    ints: [
      ...ints,
      reduction === 'mean' ? 1 : 0,
      shape.length,
      ...shape,
      ...dims.map((dim) => axis(dim, shape.length)),
    ],
    floats,
  };
};
const chainReduction: KernelEncoding = {
  ...chain,
  ints: (attrs, _rank, inputs) => reducedChain(attrs, inputs).ints,
  floats: (attrs, inputs) => reducedChain(attrs, inputs).floats,
};

const isWhole = (dtype: DType): boolean => dtype === 'i64' || dtype === 'i32' || dtype === 'bool';

/**
 * Whole steps in int64, exact beyond 2^53; others in double, truncated where the result is whole.
 */
const wholeSteps = (attrs: Attributes): boolean =>
  isWhole(attrs['dtype'] as DType) &&
  Number.isInteger(attrs['start']) &&
  Number.isInteger(attrs['step']);

/** Margins of each dimension from the first on; the attribute lists them from the last on. */
function margins(attrs: Attributes, rank: number): number[] {
  const pad = numbers(attrs, 'pad');
  return Array.from({ length: rank }, (_, d) => 2 * (rank - 1 - d)).flatMap((at) => [
    pad[at] ?? 0,
    pad[at + 1] ?? 0,
  ]);
}

/** Encodings by op name. */
export const KERNEL_ENCODINGS = {
  // activation
  gated_activation: gated,
  gated_activation_backward: gated,
  // attention
  attention: {
    ...attention,
    optionalOutputs: [1],
    views: ['dense-rows', 'dense-rows', 'dense-rows'],
  },
  attention_backward: {
    ...attention,
    optionalOutputs: [3],
    views: ['dense-rows', 'dense-rows', 'dense-rows', 'dense-rows', 'dense-rows'],
  },
  // cache
  write_rows: { views: 'row-major' },
  // cast
  cast: STRIDED,
  // compare
  and: STRIDED,
  eq: STRIDED,
  ge: STRIDED,
  gt: STRIDED,
  le: STRIDED,
  lt: STRIDED,
  ne: STRIDED,
  not: STRIDED,
  or: STRIDED,
  xor: STRIDED,
  // conv
  depthwise_conv1d: depthwise,
  depthwise_conv1d_weight_gradient: depthwise,
  // creation
  arange: {
    views: 'any',
    ints: (attrs) => (wholeSteps(attrs) ? [number(attrs, 'start'), number(attrs, 'step')] : []),
    floats: (attrs) => (wholeSteps(attrs) ? [] : [number(attrs, 'start'), number(attrs, 'step')]),
  },
  constant: 'layout',
  full: 'layout',
  // elementwise
  abs: STRIDED,
  add: STRIDED,
  atan2: STRIDED,
  ceil: STRIDED,
  cos: STRIDED,
  detach: 'decompose',
  div: STRIDED,
  erf: STRIDED,
  exp: STRIDED,
  exp2: STRIDED,
  expm1: STRIDED,
  floor: STRIDED,
  floordiv: STRIDED,
  fused_elementwise: chain,
  fused_reduction: chainReduction,
  gelu: { views: 'any', ints: (attrs) => [attrs['approximate'] === 'tanh' ? 1 : 0] },
  isfinite: STRIDED,
  isinf: STRIDED,
  isnan: STRIDED,
  log: STRIDED,
  log1p: STRIDED,
  log2: STRIDED,
  maximum: STRIDED,
  minimum: STRIDED,
  mul: STRIDED,
  neg: STRIDED,
  pow: STRIDED,
  reciprocal: STRIDED,
  relu: STRIDED,
  remainder: STRIDED,
  round: STRIDED,
  rsqrt: STRIDED,
  sigmoid: STRIDED,
  sign: STRIDED,
  silu: STRIDED,
  sin: STRIDED,
  softplus: { views: 'any', floats: floats('beta', 'threshold') },
  sqrt: STRIDED,
  sub: STRIDED,
  tan: STRIDED,
  tanh: STRIDED,
  trunc: STRIDED,
  // embedding
  embedding: { views: ['dense-rows'], floats: () => [1] },
  embedding_backward: {
    views: ['dense-rows'],
    inputs: ([gradient, ids]) => [gradient!, ids!, null, null],
  },
  embedding_backward_accumulate: { views: ['dense-rows'] },
  // index
  argsort: ordering('descending'),
  gather: alongDimension,
  index: {
    views: 'any',
    ints: (attrs, rank) => numbers(attrs, 'dims').map((dim) => axis(dim, rank)),
  },
  index_add: alongDimension,
  index_copy: alongDimension,
  index_put: {
    views: 'any',
    ints: (attrs, rank) => [
      flag(attrs, 'accumulate'),
      ...numbers(attrs, 'dims').map((dim) => axis(dim, rank)),
    ],
  },
  masked_scatter: { views: ['any', 'any'] },
  scatter: alongDimension,
  scatter_add: alongDimension,
  topk_idx: ordering('largest'),
  // layout
  cat: 'layout',
  concatenate: alongDimension,
  copy: STRIDED,
  expand: 'layout',
  flip: { views: 'any', ints: (attrs) => numbers(attrs, 'dims') },
  pad: { views: 'any', ints: margins, floats: floats('value') },
  permute: 'layout',
  reshape: 'layout',
  slice: 'layout',
  slice_scatter: {
    views: 'any',
    ints: (attrs) => [...numbers(attrs, 'start'), ...numbers(attrs, 'step')],
  },
  tril: triangle,
  triu: triangle,
  // linear
  grouped_linear: grouped,
  grouped_linear_weight_gradient: grouped,
  linear: gemm(([x, weight, bias]) => [x!, transposed(weight!), bias ?? null, null, null]),
  linear_accumulate: gemm(([x, weight, bias, accumulator, keep]) => [
    x!,
    transposed(weight!),
    bias ?? null,
    accumulator!,
    keep!,
  ]),
  matmul: gemm(([a, b]) => [a!, b!, null, null, null]),
  matmul_accumulate: gemm(([a, b, accumulator, keep]) => [a!, b!, null, accumulator!, keep!]),
  matmul_accumulate_with_sum: {
    ...gemm(([a, b, accumulator, keep, rows, state]) => [
      a!,
      b!,
      null,
      accumulator!,
      keep!,
      rows!,
      state!,
    ]),
    kernel: 'gemm_with_sum',
  },
  solve_triangular: {
    views: 'any',
    ints: (attrs) => [flag(attrs, 'upper'), flag(attrs, 'unitriangular')],
  },
  // loss
  cross_entropy: 'decompose',
  linear_cross_entropy: { ...loss, optionalOutputs: [0, 1] },
  linear_cross_entropy_backward: {
    ...lossWithGradient,
    optionalOutputs: [0, 1],
    inputs: ([gradient, x, weight, targets, scale]) => [
      x!,
      weight!,
      targets!,
      scale!,
      null,
      null,
      gradient!,
    ],
    outputs: ([dx, dweight]) => [null, null, dx!, dweight!],
  },
  linear_cross_entropy_with_gradient: {
    ...lossWithGradient,
    optionalOutputs: [0, 1, 2, 3],
    inputs: ([x, weight, targets, scale]) => [x!, weight!, targets!, scale!, null, null, null],
  },
  linear_cross_entropy_with_gradient_accumulate: {
    ...lossWithGradient,
    optionalOutputs: [0, 1, 2],
    inputs: ([x, weight, targets, scale, accumulator, keep]) => [
      x!,
      weight!,
      targets!,
      scale!,
      accumulator!,
      keep!,
      null,
    ],
  },
  // norm
  layer_norm: {
    views: 'dense-rows',
    optionalOutputs: [1, 2],
    floats: floats('eps'),
    accepts: storable,
  },
  layer_norm_backward: {
    optionalOutputs: [1, 2],
    views: ['dense-rows', 'dense-rows', 'dense-rows'],
    floats: floats('eps'),
    accepts: storable,
  },
  rms_norm: { ...norm, optionalOutputs: [1], views: 'dense-rows' },
  rms_norm_backward: {
    ...norm,
    optionalOutputs: [1],
    views: ['dense-rows', 'dense-rows', 'dense-rows'],
  },
  // optimizer
  adamw: { views: 'row-major', floats: floats('beta1', 'beta2', 'eps') },
  clip_flag: { views: 'row-major', floats: floats('max_norm') },
  gradient_accumulate: { views: 'any', accepts: storable },
  gradient_accumulate_many: { views: 'row-major', accepts: storable },
  sgd: {
    views: 'row-major',
    floats: floats('momentum'),
    ints: (attrs) => [flag(attrs, 'nesterov')],
  },
  squared_norm: { views: 'row-major' },
  // position
  rope: {
    views: 'dense-rows',
    ints: (attrs) => [flag(attrs, 'interleaved'), flag(attrs, 'inverse')],
    accepts: ({ inputs }) =>
      inputs[0]!.dtype !== 'f64' && inputs[1]!.dtype === 'f32' && inputs[2]!.dtype === 'f32',
  },
  // quantization
  dequantize: { views: 'row-major', ints: quantizedWeight },
  quantize: { views: 'row-major', ints: (attrs) => [format(attrs)] },
  quantized_linear: {
    views: 'row-major',
    ints: (attrs) => [...quantizedWeight(attrs), flag(attrs, 'transposed'), ...compute(attrs)],
    accepts: storable,
  },
  // reduce
  all: reduction,
  any: reduction,
  argmax: extreme,
  argmin: extreme,
  cumsum: alongDimension,
  logsumexp: reduction,
  max: reduction,
  mean: reduction,
  min: reduction,
  prod: reduction,
  sum: reduction,
  // sampling
  dropout: { views: 'row-major', ints: (attrs) => [number(attrs, 'stream')], floats: floats('p') },
  sample: { views: ['dense-rows'] },
  // select
  clamp: {
    views: 'any',
    floats: (attrs) => [Number(attrs['min'] ?? -Infinity), Number(attrs['max'] ?? Infinity)],
  },
  where: STRIDED,
  // softmax
  log_softmax: alongDimension,
  softmax: alongDimension,
} as const satisfies Readonly<Record<OpName, KernelEncoding | WithoutKernel>>;

/** How the op of this name is called; undefined where it has no kernel. */
export function encodingOf(op: string): KernelEncoding | undefined {
  const entry: KernelEncoding | WithoutKernel | undefined = Object.hasOwn(KERNEL_ENCODINGS, op)
    ? KERNEL_ENCODINGS[op as OpName]
    : undefined;
  return typeof entry === 'string' ? undefined : entry;
}
