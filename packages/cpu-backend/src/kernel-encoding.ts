// What an entry of the table of kernels says, and how a node of the graph becomes a call by it.
import type { Attributes, KernelRequest, Shape } from '@automodel/core';
import type { NativeStep, NativeTensor } from './native-program.js';

/** Operands or results of a call; null where one is absent. */
export type Operands = readonly (NativeTensor | null)[];

/**
 * Which strided operands a kernel reads: any, those whose last dimension is dense, or row-major
 * ones only.
 */
export type Views = 'any' | 'dense-rows' | 'row-major';

/**
 * An op as a call of a native kernel. Operand and attribute order of the kernels is stated at the
 * top of their sources (kernels/<family>/<name>.cpp).
 */
export interface KernelEncoding {
  /** Absent: the op's name. */
  readonly kernel?: string;
  /** For all operands of the op, or for each; operands beyond the list are row-major. */
  readonly views: Views | readonly Views[];
  /** Operands in the kernel's order; absent: the op's. */
  readonly inputs?: (inputs: Operands) => Operands;
  readonly outputs?: (outputs: Operands) => Operands;
  /** Results of the op that the kernel can do without. */
  readonly optionalOutputs?: readonly number[];
  /** Attributes as int64. `rank` is that of the first operand. */
  readonly ints?: (
    attrs: Attributes,
    rank: number,
    inputs: Operands,
  ) => readonly (number | bigint)[];
  /** Attributes as double. */
  readonly floats?: (attrs: Attributes, inputs: Operands) => readonly number[];
  /** False: this node is decomposed instead. */
  readonly accepts?: (request: KernelRequest) => boolean;
}

/** The call of op `op` by its encoding. Workspace is added by the caller. */
export function encodeCall(
  op: string,
  encoding: KernelEncoding,
  inputs: Operands,
  outputs: Operands,
  attrs: Attributes,
): NativeStep {
  return {
    kernel: encoding.kernel ?? op,
    inputs: encoding.inputs?.(inputs) ?? inputs,
    outputs: encoding.outputs?.(outputs) ?? outputs,
    ints: encoding.ints?.(attrs, inputs[0]?.shape.length ?? 0, inputs) ?? [],
    floats: encoding.floats?.(attrs, inputs) ?? [],
    workspace: null,
  };
}

/** Whether operand `index` may be a view of this shape and these strides. */
export function acceptsView(
  { views }: KernelEncoding,
  index: number,
  shape: Shape,
  strides: readonly number[],
): boolean {
  const kind = typeof views === 'string' ? views : (views[index] ?? 'row-major');
  if (kind === 'any') return true;
  return kind === 'dense-rows' && shape.length > 0 && (strides.at(-1) === 1 || shape.at(-1) === 1);
}
