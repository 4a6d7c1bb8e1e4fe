// Products whose shapes, layouts and storage types meet every path of gemm.
import type { DType } from '@automodel/core';

export interface GemmCase {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Which dimension of A [M,K] and of B [K,N] is contiguous; 's' neither. */
  readonly a: 'm' | 'k' | 's';
  readonly b: 'k' | 'n' | 's';
  readonly dtypes: readonly [DType, DType, DType];
  readonly bf16?: boolean;
  readonly bias?: boolean;
  readonly beta?: number;
  readonly alias?: boolean;
  readonly alpha?: number;
  readonly transposed?: boolean;
  readonly shift?: number;
}

const F: readonly [DType, DType, DType] = ['f32', 'f32', 'f32'];
const B: readonly [DType, DType, DType] = ['bf16', 'bf16', 'bf16'];
export const GEMM_CASES: Record<string, GemmCase> = {
  'linear forward': { m: 37, n: 70, k: 65, a: 'k', b: 'k', dtypes: F },
  'gradient of the input': { m: 45, n: 33, k: 64, a: 'k', b: 'n', dtypes: F },
  'gradient of the weight': { m: 64, n: 48, k: 100, a: 'm', b: 'n', dtypes: F },
  'one element': { m: 1, n: 1, k: 1, a: 'k', b: 'n', dtypes: F },
  tall: { m: 300, n: 5, k: 17, a: 'k', b: 'k', dtypes: F },
  wide: { m: 5, n: 300, k: 17, a: 'k', b: 'k', dtypes: F },
  'several blocks of the depth': { m: 20, n: 40, k: 2100, a: 'k', b: 'k', dtypes: F },
  'several blocks, accumulated in place': {
    m: 20,
    n: 40,
    k: 1100,
    a: 'm',
    b: 'n',
    dtypes: F,
    beta: 1,
    alias: true,
  },
  'several blocks, scaled accumulation': {
    m: 20,
    n: 40,
    k: 1100,
    a: 'm',
    b: 'n',
    dtypes: F,
    beta: 0.5,
    alpha: 2,
    bias: true,
  },
  'several blocks into bf16': { m: 300, n: 70, k: 1100, a: 'k', b: 'k', dtypes: B, bf16: true },
  'several blocks into bf16, wide': {
    m: 260,
    n: 290,
    k: 1030,
    a: 'k',
    b: 'n',
    dtypes: B,
    bf16: true,
    bias: true,
  },
  'strided operands': { m: 19, n: 23, k: 29, a: 's', b: 's', dtypes: F },
  'strided operands in bf16': { m: 19, n: 23, k: 29, a: 's', b: 's', dtypes: B, bf16: true },
  'unaligned storage': {
    m: 30,
    n: 40,
    k: 50,
    a: 'k',
    b: 'k',
    dtypes: ['f32', 'bf16', 'f32'],
    shift: 1,
  },
  'bias and beta': { m: 31, n: 40, k: 50, a: 'k', b: 'k', dtypes: F, bias: true, beta: -1.5 },
  'beta 0 reads nothing': { m: 31, n: 40, k: 50, a: 'k', b: 'k', dtypes: F, beta: 0 },
  'frozen bf16 weight under f32': {
    m: 40,
    n: 50,
    k: 60,
    a: 'k',
    b: 'k',
    dtypes: ['f32', 'bf16', 'f32'],
  },
  'f16 storage': { m: 40, n: 50, k: 61, a: 'k', b: 'n', dtypes: ['f16', 'f16', 'f16'] },
  'f32 storage computed in bf16': { m: 40, n: 50, k: 61, a: 'k', b: 'k', dtypes: F, bf16: true },
  'bf16 gradient of the weight': {
    m: 40,
    n: 50,
    k: 61,
    a: 'm',
    b: 'n',
    dtypes: ['bf16', 'bf16', 'f32'],
    bf16: true,
    beta: 1,
    alias: true,
  },
  'mixed storage in bf16': {
    m: 40,
    n: 50,
    k: 61,
    a: 'm',
    b: 'k',
    dtypes: ['f16', 'f32', 'bf16'],
    bf16: true,
  },
  'transposed output': {
    m: 40,
    n: 50,
    k: 61,
    a: 'k',
    b: 'k',
    dtypes: F,
    transposed: true,
    bias: true,
    beta: 2,
  },
  'decoding, 1 row': { m: 1, n: 200, k: 133, a: 'k', b: 'k', dtypes: F },
  'decoding, 3 rows of bf16': {
    m: 3,
    n: 130,
    k: 96,
    a: 'k',
    b: 'k',
    dtypes: B,
    bf16: true,
    bias: true,
  },
  'decoding, rounded f32': { m: 2, n: 130, k: 96, a: 'k', b: 'n', dtypes: F, bf16: true },
  'decoding, columns contiguous': {
    m: 4,
    n: 203,
    k: 57,
    a: 'k',
    b: 'n',
    dtypes: ['f32', 'f16', 'f32'],
    beta: 1,
  },
  'a column': { m: 90, n: 1, k: 57, a: 'k', b: 'n', dtypes: F, bias: true },
  'within 16 rows, columns and depth': {
    m: 15,
    n: 16,
    k: 15,
    a: 'k',
    b: 'k',
    dtypes: B,
    bf16: true,
  },
  'one more than 16': {
    m: 17,
    n: 17,
    k: 33,
    a: 'm',
    b: 'n',
    dtypes: ['bf16', 'bf16', 'f32'],
    bf16: true,
  },
  'one less than 32': { m: 31, n: 31, k: 31, a: 'm', b: 'k', dtypes: F, bf16: true, beta: 1 },
  'one more than 32': { m: 33, n: 33, k: 65, a: 'k', b: 'n', dtypes: B, bf16: true, beta: 0.5 },
  'whole steps of the depth': {
    m: 48,
    n: 64,
    k: 96,
    a: 'k',
    b: 'k',
    dtypes: ['bf16', 'bf16', 'f32'],
    bf16: true,
  },
  'whole steps, added in place': {
    m: 64,
    n: 48,
    k: 64,
    a: 'k',
    b: 'n',
    dtypes: ['bf16', 'f32', 'f32'],
    bf16: true,
    beta: 1,
    alias: true,
  },
  'several blocks of bf16, added in place': {
    m: 48,
    n: 33,
    k: 2100,
    a: 'm',
    b: 'n',
    dtypes: ['bf16', 'bf16', 'f32'],
    bf16: true,
    beta: 1,
    alias: true,
  },
  'strided storage of each kind in bf16': {
    m: 35,
    n: 47,
    k: 49,
    a: 's',
    b: 'n',
    dtypes: ['f16', 'bf16', 'f16'],
    bf16: true,
    alpha: 0.5,
    bias: true,
  },
  'no depth': { m: 9, n: 20, k: 0, a: 'k', b: 'n', dtypes: F, bias: true },
};
