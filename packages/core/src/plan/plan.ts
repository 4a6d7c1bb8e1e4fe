// A plan is a graph laid out for one backend: byte ranges, views and an ordered list of kernel
// calls. It is plain data: it can be printed, compared, cached, costed without a device, and
// executed in one native call.
import type { Attributes, InputKind, Phase, Stream } from '../graph/graph.js';
import type { DType } from '../tensor/dtype.js';
import type { HostData } from '../tensor/host-tensor.js';
import type { Shape } from '../tensor/shape.js';

/**
 * Where a buffer's memory comes from: the transient arena of the plan, constants uploaded at
 * compile time, memory bound at run time by name (inputs), or memory read back after the run.
 */
export type BufferKind = 'transient' | 'constant' | 'output' | InputKind;

/**
 * A range of bytes that lives as one: several views may point into it. Transient buffers have an
 * offset in the arena; bound buffers have a name.
 */
export interface PlanBuffer {
  readonly id: number;
  readonly kind: BufferKind;
  readonly bytes: number;
  /** Name of the input or output it is bound to; empty for transient and constant buffers. */
  readonly name: string;
  /** Byte offset in the transient arena (kind transient), otherwise 0. */
  readonly offset: number;
  /** First and last step (inclusive) that may touch a transient buffer. */
  readonly live: readonly [first: number, last: number];
  /**
   * For outputs and assigned inputs: the value that all its bytes hold after the run. Other buffers
   * end as they began, or are free.
   */
  readonly result?: number;
  /** Contents of a constant. */
  readonly constant?: { readonly dtype: DType; readonly data: HostData };
}

/** A view of a buffer. Strides count elements; `offset` counts bytes from the buffer's start. */
export interface TensorRef {
  /**
   * What the bytes must hold when the step has run (results) or runs (operands): the id of the
   * graph value whose elements they are; a view carries the id of the value it looks into.
   * Execution does not use it; the verifier and the print do.
   */
  readonly value: number;
  readonly buffer: number;
  readonly offset: number;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly strides: readonly number[];
}

/** One kernel call. `op` is the op's name; `workspace` is a transient buffer id. */
export interface PlanStep {
  readonly op: string;
  readonly inputs: readonly (TensorRef | null)[];
  readonly outputs: readonly (TensorRef | null)[];
  readonly attrs: Attributes;
  readonly workspace: number | null;
  readonly phase: Phase;
  readonly scope: string;
  readonly stream: Stream;
  /** Steps on other streams that must have finished before this one starts. */
  readonly waits: readonly number[];
  /** Floating-point operations and bytes moved by this step. */
  readonly flops: number;
  readonly bytes: number;
}

/** A program ready for a backend. All transient buffers share one arena of `arenaBytes`. */
export interface Plan {
  readonly name: string;
  readonly backend: string;
  readonly arenaBytes: number;
  readonly buffers: readonly PlanBuffer[];
  readonly steps: readonly PlanStep[];
  /** Floating-point operations and bytes moved by one run. */
  readonly flops: number;
  readonly bytes: number;
}
