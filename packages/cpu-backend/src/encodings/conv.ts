// Calls of the kernels in kernels/conv.
import { numberAttribute } from '@automodel/core';
import { storable, type FamilyEncodings, type KernelEncoding } from '../kernel-encoding.js';

const depthwise: KernelEncoding = {
  views: 'any',
  ints: ({ attrs }) => [numberAttribute(attrs, 'before'), numberAttribute(attrs, 'dilation')],
  accepts: storable,
};

export const CONV_ENCODINGS = {
  depthwise_conv1d: depthwise,
  depthwise_conv1d_weight_gradient: depthwise,
} as const satisfies FamilyEncodings;
