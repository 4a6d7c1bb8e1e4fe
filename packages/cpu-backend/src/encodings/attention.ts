// Calls of the kernels in kernels/attention.
import { numberAttribute } from '@automodel/core';
import { flag, floats, type FamilyEncodings, type KernelEncoding } from '../kernel-encoding.js';

const attention: Pick<KernelEncoding, 'ints' | 'floats'> = {
  ints: ({ attrs }) => [numberAttribute(attrs, 'window'), flag(attrs, 'causal')],
  floats: floats('scale', 'softcap'),
};

export const ATTENTION_ENCODINGS = {
  attention: {
    ...attention,
    optionalOutputs: [1],
    views: ['dense-rows', 'dense-rows', 'dense-rows'],
  },
  attention_backward: {
    ...attention,
    optionalOutputs: [3],
    views: ['dense-rows', 'dense-rows', 'dense-rows', 'dense-rows', 'dense-rows'],
  },
} as const satisfies FamilyEncodings;
