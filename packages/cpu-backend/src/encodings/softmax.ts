// Calls of the kernels in kernels/softmax.
import { dimensionAttribute } from '@automodel/core';
import type { FamilyEncodings, KernelEncoding } from '../kernel-encoding.js';

const alongDimension: KernelEncoding = {
  views: 'any',
  ints: ({ attrs, rank }) => [dimensionAttribute(attrs, rank)],
};

export const SOFTMAX_ENCODINGS = {
  log_softmax: alongDimension,
  softmax: alongDimension,
} as const satisfies FamilyEncodings;
