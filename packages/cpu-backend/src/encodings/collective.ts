// Calls of the kernels in kernels/collective. Their last operand is the group of ranks along the
// op's axis, which the engine provides.
import { numberAttribute, type CollectiveName } from '@automodel/core';
import { GROUP_WORDS } from '../native-program.js';
import type { EncodableStep, KernelEncoding } from '../kernel-encoding.js';

const ranks = ({ attrs }: EncodableStep): number => numberAttribute(attrs, 'ranks');

const collective = {
  views: 'row-major',
  inputs: (step) => [
    ...step.inputs,
    {
      base: step.groupBase(String(step.attrs['axis'])),
      offset: 0,
      dtype: 'i64',
      shape: [GROUP_WORDS + ranks(step)],
      strides: [1],
    },
  ],
  ints: (step) => [ranks(step)],
} as const satisfies KernelEncoding;

export const COLLECTIVE_ENCODINGS = {
  all_gather: collective,
  all_reduce: collective,
  broadcast: {
    ...collective,
    ints: (step) => [ranks(step), numberAttribute(step.attrs, 'root')],
  },
  reduce_scatter: collective,
} as const satisfies Readonly<Record<CollectiveName, KernelEncoding>>;
