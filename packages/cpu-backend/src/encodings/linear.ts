// Calls of the kernels in kernels/linear. Products of two matrices are in gemm.ts.
import { compute, flag, type FamilyEncodings, type KernelEncoding } from '../kernel-encoding.js';

const grouped: KernelEncoding = {
  views: 'any',
  ints: ({ attrs }) => [flag(attrs, 'transposed'), compute(attrs)],
};

export const LINEAR_ENCODINGS = {
  grouped_linear: grouped,
  grouped_linear_weight_gradient: grouped,
  solve_triangular: {
    views: 'any',
    ints: ({ attrs }) => [flag(attrs, 'upper'), flag(attrs, 'unitriangular')],
  },
} as const satisfies FamilyEncodings;
