// Calls of the kernels in kernels/reduce.
import { dimensionAttribute, reducedDimensions } from '@automodel/core';
import type { FamilyEncodings, KernelEncoding } from '../kernel-encoding.js';

const reduction: KernelEncoding = {
  views: 'any',
  ints: ({ attrs, rank }) => reducedDimensions(attrs, rank),
};

export const REDUCE_ENCODINGS = {
  all: reduction,
  any: reduction,
  argmax: reduction,
  argmin: reduction,
  cumsum: { views: 'any', ints: ({ attrs, rank }) => [dimensionAttribute(attrs, rank)] },
  logsumexp: reduction,
  max: reduction,
  mean: reduction,
  min: reduction,
  prod: reduction,
  sum: reduction,
} as const satisfies FamilyEncodings;
