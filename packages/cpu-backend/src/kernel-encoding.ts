// What an entry of the table of kernels says, and how it turns a step of a plan into a call. What
// operands and attributes of a step mean is decided in core (plan/step-operands, step-attributes,
// typed-chain); entries say where the native kernels expect them.
import {
  flagAttribute,
  numberAttribute,
  type Attributes,
  type KernelRequest,
  type OperandViews,
  type OpName,
} from '@automodel/core';
import type { NativeStep, NativeTensor } from './native-program.js';

/** Operands or results of a call; null where one is absent. */
export type Operands = readonly (NativeTensor | null)[];

/** A step of a plan whose tensors are in native bases. */
export interface EncodableStep {
  readonly op: string;
  readonly inputs: Operands;
  readonly outputs: Operands;
  readonly attrs: Attributes;
  /** The number of dimensions of the first operand; 0 without operands. */
  readonly rank: number;
  /** The base with the group of ranks along an axis of the mesh. */
  groupBase(axis: string): number;
}

/**
 * An op as a call of a native kernel. The sources of the kernels (kernels/<family>/<name>.cpp)
 * state the order of their operands and attributes at the top.
 */
export interface KernelEncoding {
  /** Default: the op's name. */
  readonly kernel?: string;
  /** For all operands of the op, or for each; operands beyond the list are row-major. */
  readonly views: OperandViews | readonly OperandViews[];
  /** Operands in the kernel's order; absent: the op's. */
  readonly inputs?: (step: EncodableStep) => Operands;
  readonly outputs?: (step: EncodableStep) => Operands;
  /** Results of the op that the kernel can leave out. */
  readonly optionalOutputs?: readonly number[];
  /** Attributes as int64. */
  readonly ints?: (step: EncodableStep) => readonly (number | bigint)[];
  /** Attributes as double. */
  readonly floats?: (step: EncodableStep) => readonly number[];
  /** False: this node is decomposed instead. */
  readonly accepts?: (request: KernelRequest) => boolean;
}

/**
 * `decompose`: runs as its definition in simpler ops. `layout`: the planner turns it into
 * constants, views and copies. Every other primitive has a kernel.
 */
export type WithoutKernel = 'decompose' | 'layout';

/** The entries of one family of kernels. */
export type FamilyEncodings = Readonly<Partial<Record<OpName, KernelEncoding | WithoutKernel>>>;

/** The call of a step by its encoding. Workspace is added by the caller. */
export function encodeCall(
  encoding: KernelEncoding,
  { op, inputs, outputs, attrs, groupBase }: Omit<EncodableStep, 'rank'>,
): NativeStep {
  const step = { op, inputs, outputs, attrs, rank: inputs[0]?.shape.length ?? 0, groupBase };
  return {
    kernel: encoding.kernel ?? op,
    inputs: encoding.inputs?.(step) ?? inputs,
    outputs: encoding.outputs?.(step) ?? outputs,
    ints: encoding.ints?.(step) ?? [],
    floats: encoding.floats?.(step) ?? [],
    workspace: null,
  };
}

/** Fused kernels work in f32; on f64 operands the op runs as its definition instead. */
export const storable = ({ inputs }: KernelRequest): boolean =>
  inputs.every((type) => type?.dtype !== 'f64');

/** A flag as 0 or 1. */
export const flag = (attrs: Attributes, name: string): number =>
  flagAttribute(attrs, name) ? 1 : 0;

/** The attribute `compute` of products: 1 where operands are rounded to bf16. */
export const compute = (attrs: Attributes): number => (attrs['compute'] === 'bf16' ? 1 : 0);

/** The attributes of these names as floats, in this order. */
export const floats =
  (...names: readonly string[]) =>
  ({ attrs }: EncodableStep): readonly number[] =>
    names.map((name) => numberAttribute(attrs, name));
