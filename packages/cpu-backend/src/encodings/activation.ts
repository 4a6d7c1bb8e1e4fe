// Calls of the kernels in kernels/activation.
import type { Activation } from '@automodel/core';
import { storable, type FamilyEncodings, type KernelEncoding } from '../kernel-encoding.js';

const ACTIVATION_CODES: Readonly<Record<Activation, number>> = {
  silu: 0,
  gelu_tanh: 1,
  gelu: 2,
  relu: 3,
  sigmoid: 4,
  relu2: 5,
  quick_gelu: 6,
};

const gated: KernelEncoding = {
  views: 'any',
  ints: ({ attrs }) => [ACTIVATION_CODES[attrs['activation'] as Activation]],
  accepts: storable,
};

export const ACTIVATION_ENCODINGS = {
  gated_activation: gated,
  gated_activation_backward: gated,
} as const satisfies FamilyEncodings;
