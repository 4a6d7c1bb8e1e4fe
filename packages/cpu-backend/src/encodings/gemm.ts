// Calls of the kernels in kernels/gemm.
import { productOperands } from '@automodel/core';
import { compute, type FamilyEncodings, type KernelEncoding } from '../kernel-encoding.js';

const gemm: KernelEncoding = {
  kernel: 'gemm',
  views: 'any',
  inputs: ({ op, inputs }) => {
    const { a, b, bias, accumulator, keep } = productOperands(op, inputs);
    return [a, b, bias, accumulator, keep];
  },
  ints: ({ attrs }) => [compute(attrs)],
  floats: () => [1],
};

const gemmWithSum: KernelEncoding = {
  ...gemm,
  kernel: 'gemm_with_sum',
  inputs: ({ op, inputs }) => {
    const { a, b, bias, accumulator, keep, summed } = productOperands(op, inputs);
    return [a, b, bias, accumulator, keep, summed?.rows ?? null, summed?.state ?? null];
  },
};

export const GEMM_ENCODINGS = {
  linear: gemm,
  linear_accumulate: gemm,
  matmul: gemm,
  matmul_accumulate: gemm,
  matmul_accumulate_with_sum: gemmWithSum,
} as const satisfies FamilyEncodings;
