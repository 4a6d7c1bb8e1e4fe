// Calls of the kernels in kernels/elementwise: comparisons and selections among them.
import {
  clampBounds,
  typedChain,
  typedReduction,
  type FusedElementwiseAttributes,
  type FusedReductionAttributes,
  type TensorType,
} from '@automodel/core';
import { encodeChain, encodeReduction, type EncodedChain } from '../encode-chain.js';
import {
  floats,
  type EncodableStep,
  type FamilyEncodings,
  type KernelEncoding,
  type Operands,
} from '../kernel-encoding.js';

/** Kernels that read any strides and have no attributes. */
const STRIDED: KernelEncoding = { views: 'any' };

/** Operands of a chain: none of them can be absent. */
const typesOf = (operands: Operands): readonly TensorType[] =>
  operands.filter((operand) => operand !== null);

const encodedChain = ({ attrs, inputs }: EncodableStep): EncodedChain =>
  encodeChain(typedChain(attrs as FusedElementwiseAttributes, typesOf(inputs)), inputs.length);
const encodedReduction = ({ attrs, inputs }: EncodableStep): EncodedChain =>
  encodeReduction(
    typedReduction(attrs as FusedReductionAttributes, typesOf(inputs)),
    inputs.length,
  );

const chain: KernelEncoding = {
  views: 'any',
  ints: (step) => encodedChain(step).ints,
  floats: (step) => encodedChain(step).floats,
  accepts: ({ inputs, outputs }) => [...inputs, ...outputs].every((t) => t?.dtype !== 'f64'),
};
const chainReduction: KernelEncoding = {
  ...chain,
  ints: (step) => encodedReduction(step).ints,
  floats: (step) => encodedReduction(step).floats,
};

export const ELEMENTWISE_ENCODINGS = {
  abs: STRIDED,
  add: STRIDED,
  and: STRIDED,
  atan2: STRIDED,
  ceil: STRIDED,
  clamp: {
    views: 'any',
    floats: ({ attrs }) => {
      const { min, max } = clampBounds(attrs);
      return [min, max];
    },
  },
  cos: STRIDED,
  detach: 'decompose',
  div: STRIDED,
  eq: STRIDED,
  erf: STRIDED,
  exp: STRIDED,
  exp2: STRIDED,
  expm1: STRIDED,
  floor: STRIDED,
  floordiv: STRIDED,
  fused_elementwise: chain,
  fused_reduction: chainReduction,
  ge: STRIDED,
  gelu: { views: 'any', ints: ({ attrs }) => [attrs['approximate'] === 'tanh' ? 1 : 0] },
  gt: STRIDED,
  isfinite: STRIDED,
  isinf: STRIDED,
  isnan: STRIDED,
  le: STRIDED,
  log: STRIDED,
  log1p: STRIDED,
  log2: STRIDED,
  lt: STRIDED,
  maximum: STRIDED,
  minimum: STRIDED,
  mul: STRIDED,
  ne: STRIDED,
  neg: STRIDED,
  not: STRIDED,
  or: STRIDED,
  pow: STRIDED,
  reciprocal: STRIDED,
  relu: STRIDED,
  remainder: STRIDED,
  round: STRIDED,
  rsqrt: STRIDED,
  sigmoid: STRIDED,
  sign: STRIDED,
  silu: STRIDED,
  sin: STRIDED,
  softplus: { views: 'any', floats: floats('beta', 'threshold') },
  sqrt: STRIDED,
  sub: STRIDED,
  tan: STRIDED,
  tanh: STRIDED,
  trunc: STRIDED,
  where: STRIDED,
  xor: STRIDED,
} as const satisfies FamilyEncodings;
