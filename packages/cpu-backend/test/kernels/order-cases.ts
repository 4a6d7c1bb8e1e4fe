// Cases of kernels that order elements or copy parts.
import type { KernelCase } from './kernel-case.js';

export const ORDER_CASES: Readonly<Record<string, KernelCase>> = {
  'argsort of a long line': {
    op: 'argsort',
    inputs: [[[2, 3000]]],
    attrs: { dim: 1, descending: false },
    ints: [1, 0],
  },
  'argsort with many equals': {
    op: 'argsort',
    inputs: [[[700, 3], 'i64', 9, -9]],
    attrs: { dim: 0, descending: true },
    ints: [0, 1],
  },
  'argsort of f64': {
    op: 'argsort',
    inputs: [[[700], 'f64']],
    attrs: { dim: 0, descending: true },
    ints: [0, 1],
  },
  'topk of experts': {
    op: 'topk_idx',
    inputs: [[[300, 128], 'bf16']],
    attrs: { k: 8, dim: -1, largest: true },
    ints: [1, 1],
  },
  'topk of few with many equals': {
    op: 'topk_idx',
    inputs: [[[100, 3], 'i32', 9]],
    attrs: { k: 20, dim: 0, largest: false },
    ints: [0, 0],
  },
  'topk of most': {
    op: 'topk_idx',
    inputs: [[[100, 3], 'i32', 9]],
    attrs: { k: 90, dim: 0, largest: false },
    ints: [0, 0],
  },
  'topk of none': {
    op: 'topk_idx',
    inputs: [[[10, 3]]],
    attrs: { k: 0, dim: 1, largest: true },
    ints: [1, 1],
  },
  'tril of many': {
    op: 'tril',
    inputs: [[[3, 200, 130], 'bf16']],
    attrs: { diagonal: 17 },
    ints: [17],
  },
  'triu of many': {
    op: 'triu',
    inputs: [[[3, 130, 200], 'i64', 99]],
    attrs: { diagonal: -140 },
    ints: [-140],
  },
  'flip of many': {
    op: 'flip',
    inputs: [[[60, 70, 30], 'bf16']],
    attrs: { dims: [0, -1] },
    ints: [0, 2],
  },
  'flip of the middle': {
    op: 'flip',
    inputs: [[[60, 70, 30], 'f64']],
    attrs: { dims: [1] },
    ints: [1],
  },
  'pad of many': {
    op: 'pad',
    inputs: [[[60, 70, 30], 'f16']],
    attrs: { pad: [3, -5, 0, 2, -9, 4], value: -1.5 },
    ints: [-9, 4, 0, 2, 3, -5],
    floats: [-1.5],
  },
  'pad to nothing': {
    op: 'pad',
    inputs: [[[6, 3]]],
    attrs: { pad: [0, 0, -2, -4], value: 1 },
    ints: [-2, -4, 0, 0],
    floats: [1],
  },
  'slice_scatter of many': {
    op: 'slice_scatter',
    inputs: [[[60, 70, 30]], [[20, 70, 12]]],
    attrs: { start: [2, 0, 5], end: [60, 70, 29], step: [3, 1, 2] },
    ints: [2, 0, 5, 3, 1, 2],
  },
  'arange over chunks': {
    op: 'arange',
    inputs: [],
    attrs: { start: -7, step: 3, count: 40_000, dtype: 'i64' },
    ints: [-7, 3],
  },
  'arange of f32': {
    op: 'arange',
    inputs: [],
    attrs: { start: 0.1, step: 0.3, count: 1000, dtype: 'f32' },
    floats: [0.1, 0.3],
  },
};
