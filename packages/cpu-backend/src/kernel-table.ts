// The planner's view of the kernels: which nodes have one, which views they read, and the workspace they ask for.
import { contiguousStrides, type Attributes, type KernelRequest, type KernelSupport, type KernelTable, type Shape, type TensorType } from '@automodel/core';
import { KERNEL_ENCODINGS, type KernelEncoding, type Views } from './kernel-encodings.js';
import type { NativePool } from './native-pool.js';
import type { NativeStep, NativeTensor } from './native-program.js';

/** The tensors of a step that only shapes matter for: row-major, at the start of base 0. */
const placeholder = (type: TensorType | undefined): NativeTensor | null =>
  type === undefined ? null : { base: 0, offset: 0, dtype: type.dtype, shape: type.shape, strides: contiguousStrides(type.shape) };

/** A node's call. Workspace is added by the caller. */
export function encodeCall(encoding: KernelEncoding, inputs: readonly (NativeTensor | null)[], outputs: readonly (NativeTensor | null)[], attrs: Attributes): NativeStep {
  return {
    kernel: encoding.kernel,
    inputs: encoding.inputs?.(inputs) ?? inputs,
    outputs: encoding.outputs?.(outputs) ?? outputs,
    ints: encoding.ints?.(attrs, inputs.filter((t) => t !== null)) ?? [],
    floats: encoding.floats?.(attrs) ?? [],
    workspace: null,
  };
}

function acceptsView(views: Views, shape: Shape, strides: readonly number[]): boolean {
  if (views === 'any') return true;
  return views === 'dense-rows' && shape.length > 0 && (strides.at(-1) === 1 || shape.at(-1) === 1);
}

function supportOf(pool: NativePool, encoding: KernelEncoding): KernelSupport {
  const step = ({ inputs, outputs, attrs }: KernelRequest): NativeStep => encodeCall(encoding, inputs.map(placeholder), outputs.map(placeholder), attrs);
  return {
    ...(encoding.accepts === undefined ? {} : { accepts: encoding.accepts }),
    acceptsView: (_index, shape, strides) => acceptsView(encoding.views, shape, strides),
    workspaceBytes: (request) => pool.workspaceBytes(step(request)),
  };
}

/** The table for the pool's instruction set: encodings whose kernel the library has. */
export function kernelTable(pool: NativePool): KernelTable {
  const names = new Set(pool.kernels());
  return Object.fromEntries(Object.entries(KERNEL_ENCODINGS).filter(([, { kernel }]) => names.has(kernel)).map(([op, encoding]) => [op, supportOf(pool, encoding)]));
}
