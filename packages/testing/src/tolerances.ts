// The one table of tolerances. A tolerance is relative to the largest entry of the expected tensor;
// tests take theirs from here and never invent their own.
import type { DType, CastRule } from '@automodel/core';
import { OP_CASE_TOLERANCES } from '@automodel/recorded';

/** Comparisons that do not depend on a dtype. */
export const TOLERANCES = {
  /**
   * Central differences in f64 with steps of 1e-5: truncation h^2 = 1e-10 and cancellation 1e-16 /
   * h = 1e-11, times third derivatives of sample functions.
   */
  finiteDifferences: 1e-6,
  /**
   * A fused op against its decomposition, both in f64: rounding of a different order of operations.
   */
  decomposition: 1e-12,
  /** Reference against PyTorch in f32: a few ulp (6e-8) through one op and its reductions. */
  goldenOutput: OP_CASE_TOLERANCES.output,
  /** Adjoints against PyTorch in f32: products of a few such values. */
  goldenGradient: OP_CASE_TOLERANCES.gradient,
} as const;

/** Rounding to nearest of one operation: half an ulp. Integers are exact. */
const ROUNDING: Record<DType, number> = {
  f64: 2 ** -53,
  f32: 2 ** -24,
  bf16: 2 ** -8,
  f16: 2 ** -11,
  i64: 0,
  i32: 0,
  bool: 0,
};

/**
 * How far kernels may be from the reference, by the class of the op, in roundings of the result's
 * dtype.
 */
const ROUNDINGS: Record<CastRule, number> = {
  /** Elementwise and data movement: approximations of e^x and the like are held to a few ulp. */
  follow: 16,
  /** Reductions and functions computed in f32: sums of thousands of terms in another order. */
  full: 64,
  /** Products: sums in f32 over the inner size, of operands that were rounded the same way. */
  compute: 64,
};

/**
 * How far a kernel's result may be from the typed reference, relative to its largest entry.
 * Arithmetic is f32 at best, so f64 results are held to f32; `compute` bf16 rounds each operand of
 * a product to bf16, which the reference does not.
 */
export function kernelTolerance(
  dtype: DType,
  castRule: CastRule,
  compute: 'f32' | 'bf16' = 'f32',
): number {
  const result = dtype === 'f64' ? ROUNDING.f32 : ROUNDING[dtype];
  return result === 0
    ? 0
    : Math.max(
        dtype === 'f32' || dtype === 'f64' ? ROUNDINGS[castRule] * result : 2 * result,
        compute === 'bf16' ? 2 * ROUNDING.bf16 : 0,
      );
}
