// Calls of the kernels in kernels/collective. The group of ranks is their last operand.
import { numberAttribute, type CollectiveName } from '@automodel/core';
import type { EncodableStep, KernelEncoding, Operands } from '../kernel-encoding.js';

const withGroup = ({ inputs, group }: EncodableStep): Operands => [...inputs, group];
const ranks = ({ attrs }: EncodableStep): number[] => [numberAttribute(attrs, 'ranks')];
const collective = { views: 'row-major', inputs: withGroup, ints: ranks } as const;

export const COLLECTIVE_ENCODINGS = {
  all_gather: collective,
  all_reduce: collective,
  broadcast: {
    ...collective,
    ints: (step) => [...ranks(step), numberAttribute(step.attrs, 'root')],
  },
  reduce_scatter: collective,
} as const satisfies Readonly<Record<CollectiveName, KernelEncoding>>;
