// Calls of the kernels in kernels/loss.
import { lossOperands, lossResults } from '@automodel/core';
import {
  compute,
  floats,
  storable,
  type FamilyEncodings,
  type KernelEncoding,
} from '../kernel-encoding.js';

const loss: KernelEncoding = {
  views: 'row-major',
  ints: ({ attrs }) => [compute(attrs)],
  floats: floats('softcap'),
  accepts: storable,
};

const lossWithGradient: KernelEncoding = {
  ...loss,
  kernel: 'linear_cross_entropy_with_gradient',
  inputs: ({ op, inputs }) => {
    const { x, weight, targets, scale, accumulator, keep, gradient } = lossOperands(op, inputs);
    return [x, weight, targets, scale, accumulator, keep, gradient];
  },
  outputs: ({ op, outputs }) => {
    const results = lossResults(op, outputs);
    return [results.loss, results.tokenLosses, results.xGradient, results.weightGradient];
  },
};

export const LOSS_ENCODINGS = {
  cross_entropy: 'decompose',
  linear_cross_entropy: { ...loss, optionalOutputs: [0, 1] },
  linear_cross_entropy_backward: { ...lossWithGradient, optionalOutputs: [0, 1] },
  linear_cross_entropy_with_gradient: { ...lossWithGradient, optionalOutputs: [0, 1, 2, 3] },
  linear_cross_entropy_with_gradient_accumulate: {
    ...lossWithGradient,
    optionalOutputs: [0, 1, 2],
  },
} as const satisfies FamilyEncodings;
