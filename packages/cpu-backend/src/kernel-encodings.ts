// How each op becomes a call of a native kernel: its name, the order of operands, attributes as int64 and double, and which views it reads. Operand and attribute order of the kernels
// is stated at the top of their sources (kernels/<family>/<name>.cpp). An op that is not here is decomposed.
import type { Activation, Attributes, KernelRequest, Shape } from '@automodel/core';
import { GENERAL_ENCODINGS } from './general-encodings.js';
import type { NativeTensor } from './native-program.js';

type Operands = readonly (NativeTensor | null)[];

/** Which strided operands a kernel reads: any, those whose last dimension is dense, or row-major ones only. */
export type Views = 'any' | 'dense-rows' | 'row-major';

export interface KernelEncoding {
  readonly kernel: string;
  readonly views: Views;
  /** Operands in the kernel's order; absent: the op's. */
  readonly inputs?: (inputs: Operands) => Operands;
  readonly outputs?: (outputs: Operands) => Operands;
  readonly ints?: (attrs: Attributes, inputs: readonly { readonly shape: Shape }[]) => readonly (number | bigint)[];
  readonly floats?: (attrs: Attributes) => readonly number[];
  readonly accepts?: (request: KernelRequest) => boolean;
}

const ACTIVATION_CODES: Readonly<Record<Activation, number>> = { silu: 0, gelu_tanh: 1, gelu: 2, relu: 3, sigmoid: 4, relu2: 5, quick_gelu: 6 };

const number = (attrs: Attributes, name: string): number => Number(attrs[name]);
const flag = (attrs: Attributes, name: string): number => (attrs[name] === true ? 1 : 0);
const compute = (attrs: Attributes): readonly number[] => [attrs['compute'] === 'bf16' ? 1 : 0];
const activation = (attrs: Attributes): readonly number[] => [ACTIVATION_CODES[attrs['activation'] as Activation]];
const elementwise = (kernel: string): KernelEncoding => ({ kernel, views: 'any' });

/** A matrix seen as its transpose. */
function transposed(tensor: NativeTensor | null): NativeTensor | null {
  if (tensor === null) return null;
  const swap = <T>(list: readonly T[]): T[] => [...list.slice(0, -2), list.at(-1)!, list.at(-2)!];
  return { ...tensor, shape: swap(tensor.shape), strides: swap(tensor.strides) };
}

const ELEMENTWISE = [
  'neg', 'abs', 'exp', 'exp2', 'log', 'log2', 'log1p', 'expm1', 'sqrt', 'rsqrt', 'sin', 'cos', 'tan', 'tanh', 'sigmoid', 'erf', 'reciprocal', 'sign', 'floor', 'ceil', 'round', 'trunc', 'relu', 'silu',
  'isnan', 'isinf', 'isfinite', 'not', 'add', 'sub', 'mul', 'div', 'pow', 'maximum', 'minimum', 'remainder', 'floordiv', 'atan2', 'eq', 'ne', 'lt', 'le', 'gt', 'ge', 'and', 'or', 'xor', 'where', 'cast', 'copy',
] as const;

const gemm = (inputs: (operands: Operands) => Operands): KernelEncoding => ({ kernel: 'gemm', views: 'any', inputs, ints: compute, floats: () => [1] });

const lossWithGradient = { kernel: 'linear_cross_entropy_with_gradient', views: 'row-major', ints: compute, floats: (attrs: Attributes) => [number(attrs, 'softcap')] } as const;

/** Encodings by op name. */
export const KERNEL_ENCODINGS: Readonly<Record<string, KernelEncoding>> = {
  ...Object.fromEntries(ELEMENTWISE.map((name) => [name, elementwise(name)])),
  ...GENERAL_ENCODINGS,
  gelu: { kernel: 'gelu', views: 'any', ints: (attrs) => [attrs['approximate'] === 'tanh' ? 1 : 0] },
  softplus: { kernel: 'softplus', views: 'any', floats: (attrs) => [number(attrs, 'beta'), number(attrs, 'threshold')] },
  clamp: { kernel: 'clamp', views: 'any', floats: (attrs) => [Number(attrs['min'] ?? -Infinity), Number(attrs['max'] ?? Infinity)] },
  matmul: gemm(([a, b]) => [a!, b!, null, null, null]),
  matmul_accumulate: gemm(([a, b, accumulator, keep]) => [a!, b!, null, accumulator!, keep!]),
  linear: gemm(([x, weight, bias]) => [x!, transposed(weight!), bias ?? null, null, null]),
  embedding: { kernel: 'embedding', views: 'row-major', floats: () => [1] },
  embedding_backward: { kernel: 'embedding_backward', views: 'row-major', inputs: ([gradient, ids]) => [gradient!, ids!, null, null] },
  embedding_backward_accumulate: { kernel: 'embedding_backward_accumulate', views: 'row-major' },
  rms_norm: { kernel: 'rms_norm', views: 'dense-rows', floats: (attrs) => [number(attrs, 'eps'), number(attrs, 'weight_offset')] },
  rms_norm_backward: { kernel: 'rms_norm_backward', views: 'dense-rows', floats: (attrs) => [number(attrs, 'eps'), number(attrs, 'weight_offset')] },
  rope: { kernel: 'rope', views: 'row-major', ints: (attrs) => [flag(attrs, 'interleaved'), flag(attrs, 'inverse')] },
  gated_activation: { kernel: 'gated_activation', views: 'any', ints: activation },
  gated_activation_backward: { kernel: 'gated_activation_backward', views: 'any', ints: activation },
  attention: { kernel: 'attention', views: 'row-major', ints: (attrs) => [number(attrs, 'window'), flag(attrs, 'causal')], floats: (attrs) => [number(attrs, 'scale'), number(attrs, 'softcap')] },
  attention_backward: { kernel: 'attention_backward', views: 'row-major', ints: (attrs) => [number(attrs, 'window'), flag(attrs, 'causal')], floats: (attrs) => [number(attrs, 'scale'), number(attrs, 'softcap')] },
  linear_cross_entropy: { kernel: 'linear_cross_entropy', views: 'row-major', ints: compute, floats: (attrs) => [number(attrs, 'softcap')] },
  linear_cross_entropy_with_gradient: { ...lossWithGradient, inputs: ([x, weight, targets, scale]) => [x!, weight!, targets!, scale!, null, null, null] },
  linear_cross_entropy_with_gradient_accumulate: { ...lossWithGradient, inputs: ([x, weight, targets, scale, accumulator, keep]) => [x!, weight!, targets!, scale!, accumulator!, keep!, null] },
  linear_cross_entropy_backward: { ...lossWithGradient, inputs: ([gradient, x, weight, targets, scale]) => [x!, weight!, targets!, scale!, null, null, gradient!], outputs: ([dx, dweight]) => [null, null, dx!, dweight!] },
  squared_norm: { kernel: 'squared_norm', views: 'row-major' },
  clip_flag: { kernel: 'clip_flag', views: 'row-major', floats: (attrs) => [number(attrs, 'max_norm')] },
  adamw: { kernel: 'adamw', views: 'row-major', floats: (attrs) => [number(attrs, 'beta1'), number(attrs, 'beta2'), number(attrs, 'eps')] },
  sgd: { kernel: 'sgd', views: 'row-major', floats: (attrs) => [number(attrs, 'momentum')], ints: (attrs) => [flag(attrs, 'nesterov')] },
};
