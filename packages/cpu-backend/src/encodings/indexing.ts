// Calls of the kernels in kernels/indexing.
import { dimensionAttribute, dimensionsAttribute } from '@automodel/core';
import { flag, type FamilyEncodings, type KernelEncoding } from '../kernel-encoding.js';

const alongDimension: KernelEncoding = {
  views: 'any',
  ints: ({ attrs, rank }) => [dimensionAttribute(attrs, rank)],
};
const ordering = (direction: string): KernelEncoding => ({
  views: 'any',
  ints: ({ attrs, rank }) => [dimensionAttribute(attrs, rank), flag(attrs, direction)],
});

export const INDEXING_ENCODINGS = {
  argsort: ordering('descending'),
  gather: alongDimension,
  index: { views: 'any', ints: ({ attrs, rank }) => dimensionsAttribute(attrs, rank) },
  index_add: alongDimension,
  index_copy: alongDimension,
  index_put: {
    views: 'any',
    ints: ({ attrs, rank }) => [flag(attrs, 'accumulate'), ...dimensionsAttribute(attrs, rank)],
  },
  masked_scatter: { views: ['any', 'any'] },
  scatter: alongDimension,
  scatter_add: alongDimension,
  topk_idx: ordering('largest'),
} as const satisfies FamilyEncodings;
