// Calls of the kernels in kernels/cache.
import type { FamilyEncodings } from '../kernel-encoding.js';

export const CACHE_ENCODINGS = {
  write_rows: { views: 'row-major' },
} as const satisfies FamilyEncodings;
