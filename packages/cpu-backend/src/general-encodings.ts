// Calls of the kernels of the general op vocabulary: reductions, softmax, indexing, order, parts of tensors, creation, caches and sampling. See kernel-encodings.ts.
import type { Attributes } from '@automodel/core';
import type { KernelEncoding } from './kernel-encodings.js';

const list = (attrs: Attributes, name: string): readonly number[] => (attrs[name] as readonly number[] | undefined) ?? [];
const number = (attrs: Attributes, name: string): number => Number(attrs[name]);
const flag = (attrs: Attributes, name: string): number => (attrs[name] === true ? 1 : 0);

const reduction = (kernel: string): KernelEncoding => ({ kernel, views: 'any', ints: (attrs, [x]) => (x!.shape.length === 0 ? [] : list(attrs, 'dims')) });
/** `dim` null: the flattened tensor. */
const position = (kernel: string): KernelEncoding => ({ kernel, views: 'any', ints: (attrs, [x]) => (attrs['dim'] === null || x!.shape.length === 0 ? [] : [number(attrs, 'dim')]) });
const along = (kernel: string): KernelEncoding => ({ kernel, views: 'any', ints: (attrs) => [number(attrs, 'dim')] });
const triangle = (kernel: string): KernelEncoding => ({ kernel, views: 'any', ints: (attrs) => [number(attrs, 'diagonal')] });
const dims = (attrs: Attributes): readonly number[] => list(attrs, 'dims');

/** PyTorch lists margins from the last dimension on; the kernel wants all dimensions from the first on. */
function margins(attrs: Attributes, rank: number): number[] {
  const pad = list(attrs, 'pad');
  return Array.from({ length: rank }, (_, axis) => 2 * (rank - 1 - axis)).flatMap((at) => [pad[at] ?? 0, pad[at + 1] ?? 0]);
}

const wholeSequence = (attrs: Attributes): boolean => (attrs['dtype'] === 'i64' || attrs['dtype'] === 'i32') && Number.isInteger(attrs['start']) && Number.isInteger(attrs['step']);
const sequence = (attrs: Attributes): readonly number[] => [number(attrs, 'start'), number(attrs, 'step')];

const REDUCTIONS = ['sum', 'mean', 'prod', 'max', 'min', 'any', 'all', 'logsumexp'] as const;
const ALONG = ['cumsum', 'softmax', 'log_softmax', 'gather', 'scatter', 'scatter_add', 'index_copy', 'index_add'] as const;

/** Encodings by op name. */
export const GENERAL_ENCODINGS: Readonly<Record<string, KernelEncoding>> = {
  ...Object.fromEntries(REDUCTIONS.map((name) => [name, reduction(name)])),
  ...Object.fromEntries(ALONG.map((name) => [name, along(name)])),
  argmax: position('argmax'),
  argmin: position('argmin'),
  index: { kernel: 'index', views: 'any', ints: dims },
  index_put: { kernel: 'index_put', views: 'any', ints: (attrs) => [flag(attrs, 'accumulate'), ...dims(attrs)] },
  masked_scatter: { kernel: 'masked_scatter', views: 'row-major' },
  argsort: { kernel: 'argsort', views: 'any', ints: (attrs) => [number(attrs, 'dim'), flag(attrs, 'descending')] },
  topk_idx: { kernel: 'topk_idx', views: 'any', ints: (attrs) => [number(attrs, 'dim'), flag(attrs, 'largest')] },
  slice_scatter: { kernel: 'slice_scatter', views: 'any', ints: (attrs) => [...list(attrs, 'start'), ...list(attrs, 'step')] },
  pad: { kernel: 'pad', views: 'any', ints: (attrs, [x]) => margins(attrs, x!.shape.length), floats: (attrs) => [number(attrs, 'value')] },
  flip: { kernel: 'flip', views: 'any', ints: dims },
  tril: triangle('tril'),
  triu: triangle('triu'),
  arange: { kernel: 'arange', views: 'row-major', ints: (attrs) => (wholeSequence(attrs) ? sequence(attrs) : []), floats: (attrs) => (wholeSequence(attrs) ? [] : sequence(attrs)) },
  gradient_accumulate: { kernel: 'gradient_accumulate', views: 'any' },
  write_rows: { kernel: 'write_rows', views: 'row-major' },
  sample: { kernel: 'sample', views: 'row-major' },
};
