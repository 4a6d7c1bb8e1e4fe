// Single operations of the recorded-graph vocabulary with inputs, results and adjoints that PyTorch
// computed: the cases of a folder with ops.json and ops.safetensors, as types.
import type { DType, HostTensor, Operand, Shape } from '@automodel/core';

/** An operand: the case's tensor of that number, a Python scalar, or absent. */
export type OpCaseOperand =
  { readonly tensor: number } | { readonly scalar: Exclude<Operand, object> } | null;

/**
 * One case. Its tensors are `in<k>`, `out`, and where adjoints are asked for `cotangent` and
 * `grad<k>` of sum(out * cotangent).
 */
export interface OpCase {
  readonly name: string;
  readonly op: string;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly operands: readonly OpCaseOperand[];
  readonly shape: Shape;
  readonly dtype: DType;
  readonly tensors: ReadonlyMap<string, HostTensor>;
}

/**
 * How far results may be from PyTorch's in f32, relative to the largest entry: a few ulp (6e-8)
 * through one op and its reductions, and products of such values. Integers and bool are exact.
 */
export const OP_CASE_TOLERANCES = { output: 1e-5, gradient: 1e-4 } as const;

/**
 * Results in 16 bits are held to one step of the dtype at the largest entry: PyTorch rounds some of
 * its intermediate results to them, others not.
 */
export const STEPS: Readonly<Partial<Record<DType, number>>> = { bf16: 2 ** -7, f16: 2 ** -10 };

/**
 * An adjoint is compared relative to at least this part of the largest cotangent: where terms
 * cancel (a saturated softmax), PyTorch's own f32 result is four roundings (2^-23) of noise, which
 * the tolerance then covers.
 */
export const GRADIENT_NOISE = (4 * 2 ** -23) / OP_CASE_TOLERANCES.gradient;
