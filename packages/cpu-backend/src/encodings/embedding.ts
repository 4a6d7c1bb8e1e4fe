// Calls of the kernels in kernels/embedding.
import { embeddingGradientOperands } from '@automodel/core';
import type { FamilyEncodings, KernelEncoding } from '../kernel-encoding.js';

const backward: KernelEncoding = {
  views: ['dense-rows'],
  inputs: ({ op, inputs }) => {
    const { gradient, ids, accumulator, keep } = embeddingGradientOperands(op, inputs);
    return [gradient, ids, accumulator, keep];
  },
};

export const EMBEDDING_ENCODINGS = {
  embedding: { views: ['dense-rows'], floats: () => [1] },
  embedding_backward: backward,
  embedding_backward_accumulate: backward,
} as const satisfies FamilyEncodings;
