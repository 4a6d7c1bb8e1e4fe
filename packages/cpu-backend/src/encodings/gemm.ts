// Calls of the kernels in kernels/gemm.
import {
  flagAttribute,
  joinedOperands,
  MAX_JOINED,
  productOperands,
  rowsOperand,
  type JoinedAlong,
  type OperandViews,
} from '@automodel/core';
import {
  compute,
  type EncodableStep,
  type FamilyEncodings,
  type KernelEncoding,
  type Operands,
} from '../kernel-encoding.js';
import type { NativeTensor } from '../native-program.js';

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

const ALONG: Readonly<Record<JoinedAlong, number>> = { columns: 0, rows: 1, depth: 2 };

const joined = ({
  op,
  inputs,
  attrs,
}: EncodableStep): ReturnType<typeof joinedOperands<NativeTensor>> =>
  joinedOperands(op, inputs, { biased: flagAttribute(attrs, 'biased') });

const gemmMany: KernelEncoding = {
  kernel: 'gemm_many',
  views: 'any',
  inputs: (step): Operands => {
    const { lefts, rights, biases, accumulators, keep } = joined(step);
    return [...lefts, ...rights, ...biases, ...accumulators, ...(keep === null ? [] : [keep])];
  },
  outputs: ({ outputs }) => outputs.map((out) => out && rowsOperand(out)),
  ints: (step) => {
    const { along, count } = joined(step);
    return [compute(step.attrs), count, ALONG[along]];
  },
};

/** x may have any number of dimensions, so its rows must follow one another. */
const linearMany: KernelEncoding = {
  ...gemmMany,
  views: ['row-major', ...new Array<OperandViews>(2 * MAX_JOINED).fill('any')],
};

export const GEMM_ENCODINGS = {
  linear: gemm,
  linear_accumulate: gemm,
  linear_many: linearMany,
  matmul: gemm,
  matmul_accumulate: gemm,
  matmul_accumulate_many: gemmMany,
  matmul_accumulate_with_sum: gemmWithSum,
  matmul_sum: gemmMany,
} as const satisfies FamilyEncodings;
