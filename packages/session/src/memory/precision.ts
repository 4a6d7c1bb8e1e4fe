// How a run stores its weights and computes. The names are those of the recipe's `precision`.
import { isFloat, type DType } from '@automodel/core';
import type { ComputeDType } from '../programs/forward.js';

/**
 * `f32`; `bf16`: bf16 compute with f32 master weights, gradients and moments; `bf16_pure`: bf16
 * weights, gradients and moments too.
 */
export type Precision = 'f32' | 'bf16' | 'bf16_pure';

/** Dtype that products and activations are computed in. */
export const computeDType = (precision: Precision): ComputeDType =>
  precision === 'f32' ? 'f32' : 'bf16';

/** Dtype a trained parameter is held in. */
export const masterDType = (precision: Precision): DType =>
  precision === 'bf16_pure' ? 'bf16' : 'f32';

/**
 * Dtype a parameter that is only read is held in: matrices as they are stored (kernels read every
 * float storage), so that the file can be mapped; vectors, which are small, in f32.
 */
const frozenDType = (stored: DType, rank: number): DType =>
  rank < 2 || !isFloat(stored) || stored === 'f64' ? 'f32' : stored;

/** Dtype a parameter is held in during a run. */
export const heldDType = (
  precision: Precision,
  trained: boolean,
  stored: DType,
  rank: number,
): DType => (trained ? masterDType(precision) : frozenDType(stored, rank));
