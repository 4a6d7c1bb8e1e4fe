// Calls of the kernels in kernels/layout, and the ops that need none.
import {
  dimensionAttribute,
  dimensionsAttribute,
  numberAttribute,
  numbersAttribute,
  padMargins,
} from '@automodel/core';
import { floats, type FamilyEncodings, type KernelEncoding } from '../kernel-encoding.js';

const triangle: KernelEncoding = {
  views: 'any',
  ints: ({ attrs }) => [numberAttribute(attrs, 'diagonal')],
};

export const LAYOUT_ENCODINGS = {
  cat: 'layout',
  concatenate: {
    views: 'any',
    ints: ({ attrs, rank }) => [dimensionAttribute(attrs, rank)],
  },
  copy: { views: 'any' },
  expand: 'layout',
  flip: { views: 'any', ints: ({ attrs, rank }) => dimensionsAttribute(attrs, rank) },
  pad: {
    views: 'any',
    ints: ({ attrs, rank }) =>
      padMargins(attrs, rank).flatMap(({ before, after }) => [before, after]),
    floats: floats('value'),
  },
  permute: 'layout',
  reshape: 'layout',
  slice: 'layout',
  slice_scatter: {
    views: 'any',
    ints: ({ attrs }) => [...numbersAttribute(attrs, 'start'), ...numbersAttribute(attrs, 'step')],
  },
  tril: triangle,
  triu: triangle,
} as const satisfies FamilyEncodings;
