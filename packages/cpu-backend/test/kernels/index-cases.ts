// Cases of kernels that follow indices.
import type { KernelCase } from './kernel-case.js';

export const INDEX_CASES: Readonly<Record<string, KernelCase>> = {
  'gather of many': {
    op: 'gather',
    inputs: [[[40, 300]], [[37, 900], 'i64', 299]],
    attrs: { dim: 1 },
    ints: [1],
  },
  'gather along the first dimension': {
    op: 'gather',
    inputs: [
      [[300, 40], 'bf16'],
      [[900, 40], 'i32', 299],
    ],
    attrs: { dim: 0 },
    ints: [0],
  },
  'scatter with meeting indices': {
    op: 'scatter',
    inputs: [
      [[40, 30], 'bf16'],
      [[40, 90], 'i64', 29],
      [[40, 90], 'bf16'],
    ],
    attrs: { dim: 1 },
    ints: [1],
  },
  'scatter_add of f32': {
    op: 'scatter_add',
    inputs: [[[300, 70]], [[500, 70], 'i64', 299], [[500, 70]]],
    attrs: { dim: 0 },
    ints: [0],
  },
  'scatter_add of bf16 rounds once': {
    op: 'scatter_add',
    inputs: [
      [[5, 70], 'bf16'],
      [[900, 70], 'i64', 4],
      [[900, 70], 'bf16'],
    ],
    attrs: { dim: 0 },
    ints: [0],
  },
  'scatter_add of f16 rounds once': {
    op: 'scatter_add',
    inputs: [
      [[5, 7], 'f16'],
      [[5, 300], 'i32', 6],
      [[5, 300], 'f16'],
    ],
    attrs: { dim: 1 },
    ints: [1],
  },
  'scatter_add in one line': {
    op: 'scatter_add',
    inputs: [
      [[50], 'i64', 99],
      [[900], 'i64', 49],
      [[900], 'i64', 99],
    ],
    attrs: { dim: 0 },
    ints: [0],
  },
  'rows by index': {
    op: 'index',
    inputs: [
      [[90, 700], 'bf16'],
      [[60], 'i64', 89, -90],
    ],
    attrs: { dims: [0] },
    ints: [0],
  },
  'two dimensions by index': {
    op: 'index',
    inputs: [[[30, 4, 20, 5]], [[7, 1], 'i64', 29], [[600], 'i64', 3, -4]],
    attrs: { dims: [0, 1] },
    ints: [0, 1],
  },
  'dimensions apart': {
    op: 'index',
    inputs: [[[6, 30, 4, 20]], [[7, 1], 'i64', 29], [[5], 'i32', 19]],
    attrs: { dims: [1, 3] },
    ints: [1, 3],
  },
  'dimensions in reverse': {
    op: 'index',
    inputs: [
      [[30, 4, 20, 5], 'f64'],
      [[7, 1], 'i64', 19],
      [[6], 'i32', 3],
    ],
    attrs: { dims: [2, 1] },
    ints: [2, 1],
  },
  'no index': { op: 'index', inputs: [[[30, 4]], [[0], 'i64']], attrs: { dims: [0] }, ints: [0] },
  'index_put of rows': {
    op: 'index_put',
    inputs: [[[30, 700]], [[700]], [[12], 'i64', 29, -30]],
    attrs: { dims: [0], accumulate: false },
    ints: [0, 0],
  },
  'index_put adds': {
    op: 'index_put',
    inputs: [[[30, 20, 8]], [[90, 8]], [[90], 'i64', 29], [[90], 'i64', 19]],
    attrs: { dims: [0, 1], accumulate: true },
    ints: [1, 0, 1],
  },
  'index_put adds apart': {
    op: 'index_put',
    inputs: [
      [[30, 8, 20], 'bf16'],
      [[90, 1], 'bf16'],
      [[90], 'i64', 2],
      [[90], 'i64', 3],
    ],
    attrs: { dims: [0, 2], accumulate: true },
    ints: [1, 0, 2],
  },
  'index_put of bool adds': {
    op: 'index_put',
    inputs: [
      [[30], 'bool', 1],
      [[90], 'bool', 1],
      [[90], 'i64', 29],
    ],
    attrs: { dims: [0], accumulate: true },
    ints: [1, 0],
  },
  'index_put of no values': {
    op: 'index_put',
    inputs: [[[30, 2]], [[0, 2]], [[0], 'i64']],
    attrs: { dims: [0], accumulate: true },
    ints: [1, 0],
  },
  'index_add of rows': {
    op: 'index_add',
    inputs: [[[50, 576]], [[130], 'i64', 49, -50], [[130, 576]]],
    attrs: { dim: 0 },
    ints: [0],
  },
  'index_add of bf16 columns rounds once': {
    op: 'index_add',
    inputs: [
      [[40, 5], 'bf16'],
      [[330], 'i32', 4],
      [[40, 330], 'bf16'],
    ],
    attrs: { dim: 1 },
    ints: [1],
  },
  'index_add wraps': {
    op: 'index_add',
    inputs: [
      [[4], 'i32', 2 ** 31 - 1, 2 ** 31 - 9],
      [[20], 'i32', 3],
      [[20], 'i32', 2 ** 31 - 1, 2 ** 31 - 9],
    ],
    attrs: { dim: 0 },
    ints: [0],
  },
  'index_copy of planes': {
    op: 'index_copy',
    inputs: [
      [[4, 9, 70], 'f16'],
      [[30], 'i64', 8],
      [[4, 30, 70], 'f16'],
    ],
    attrs: { dim: 1 },
    ints: [1],
  },
  'masked_scatter over chunks': {
    op: 'masked_scatter',
    inputs: [[[300, 200]], [[300, 200], 'bool', 1], [[60_000]]],
    attrs: {},
  },
  'masked_scatter of rows': {
    op: 'masked_scatter',
    inputs: [
      [[300, 200], 'bf16'],
      [[300, 1], 'bool', 1],
      [[300, 200], 'bf16'],
    ],
    attrs: {},
  },
};
