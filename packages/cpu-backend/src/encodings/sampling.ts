// Calls of the kernels in kernels/sampling.
import { numberAttribute } from '@automodel/core';
import { floats, type FamilyEncodings } from '../kernel-encoding.js';

export const SAMPLING_ENCODINGS = {
  dropout: {
    views: 'row-major',
    ints: ({ attrs }) => [numberAttribute(attrs, 'stream')],
    floats: floats('p'),
  },
  sample: { views: ['dense-rows'] },
} as const satisfies FamilyEncodings;
