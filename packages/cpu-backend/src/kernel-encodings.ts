// The table of kernels: for every primitive and fused op how it becomes a native call, or why it
// needs none. Its entries are in encodings/, one file for each folder of kernels/; tsc requires an
// entry for every op and collective. Composite ops run as their definition.
import type { CollectiveName, OpName } from '@automodel/core';
import { ACTIVATION_ENCODINGS } from './encodings/activation.js';
import { ATTENTION_ENCODINGS } from './encodings/attention.js';
import { CACHE_ENCODINGS } from './encodings/cache.js';
import { CAST_ENCODINGS } from './encodings/cast.js';
import { COLLECTIVE_ENCODINGS } from './encodings/collective.js';
import { CONV_ENCODINGS } from './encodings/conv.js';
import { CREATION_ENCODINGS } from './encodings/creation.js';
import { ELEMENTWISE_ENCODINGS } from './encodings/elementwise.js';
import { EMBEDDING_ENCODINGS } from './encodings/embedding.js';
import { GEMM_ENCODINGS } from './encodings/gemm.js';
import { INDEXING_ENCODINGS } from './encodings/indexing.js';
import { LAYOUT_ENCODINGS } from './encodings/layout.js';
import { LINEAR_ENCODINGS } from './encodings/linear.js';
import { LOSS_ENCODINGS } from './encodings/loss.js';
import { NORM_ENCODINGS } from './encodings/norm.js';
import { OPTIMIZER_ENCODINGS } from './encodings/optimizer.js';
import { POSITION_ENCODINGS } from './encodings/position.js';
import { QUANTIZATION_ENCODINGS } from './encodings/quantization.js';
import { REDUCE_ENCODINGS } from './encodings/reduce.js';
import { SAMPLING_ENCODINGS } from './encodings/sampling.js';
import { SOFTMAX_ENCODINGS } from './encodings/softmax.js';
import type { KernelEncoding, WithoutKernel } from './kernel-encoding.js';

/** Encodings by op name. */
export const KERNEL_ENCODINGS = {
  ...ACTIVATION_ENCODINGS,
  ...ATTENTION_ENCODINGS,
  ...CACHE_ENCODINGS,
  ...CAST_ENCODINGS,
  ...COLLECTIVE_ENCODINGS,
  ...CONV_ENCODINGS,
  ...CREATION_ENCODINGS,
  ...ELEMENTWISE_ENCODINGS,
  ...EMBEDDING_ENCODINGS,
  ...GEMM_ENCODINGS,
  ...INDEXING_ENCODINGS,
  ...LAYOUT_ENCODINGS,
  ...LINEAR_ENCODINGS,
  ...LOSS_ENCODINGS,
  ...NORM_ENCODINGS,
  ...OPTIMIZER_ENCODINGS,
  ...POSITION_ENCODINGS,
  ...QUANTIZATION_ENCODINGS,
  ...REDUCE_ENCODINGS,
  ...SAMPLING_ENCODINGS,
  ...SOFTMAX_ENCODINGS,
} as const satisfies Readonly<Record<OpName | CollectiveName, KernelEncoding | WithoutKernel>>;

/** How the op of this name is called; undefined where it has no kernel. */
export function encodingOf(op: string): KernelEncoding | undefined {
  const entry: KernelEncoding | WithoutKernel | undefined = Object.hasOwn(KERNEL_ENCODINGS, op)
    ? KERNEL_ENCODINGS[op as keyof typeof KERNEL_ENCODINGS]
    : undefined;
  return typeof entry === 'string' ? undefined : entry;
}
