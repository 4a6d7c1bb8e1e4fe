// Calls of the kernels in kernels/cast.
import type { FamilyEncodings } from '../kernel-encoding.js';

export const CAST_ENCODINGS = {
  cast: { views: 'any' },
} as const satisfies FamilyEncodings;
