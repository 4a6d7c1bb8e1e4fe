// The planner's view of the kernels: which nodes have one, which views they read, and the workspace
// they ask for.
import {
  AutomodelError,
  contiguousStrides,
  type KernelRequest,
  type KernelSupport,
  type KernelTable,
  type TensorType,
} from '@automodel/core';
import { acceptsView, encodeCall, type KernelEncoding } from './kernel-encoding.js';
import { KERNEL_ENCODINGS, type WithoutKernel } from './kernel-encodings.js';
import { remedy } from './find-library.js';
import type { NativePool } from './native-pool.js';
import type { NativeTensor } from './native-program.js';

/** The tensors of a step that only shapes matter for: row-major, at the start of base 0. */
const placeholder = (type: TensorType | undefined): NativeTensor | null =>
  type === undefined
    ? null
    : {
        base: 0,
        offset: 0,
        dtype: type.dtype,
        shape: type.shape,
        strides: contiguousStrides(type.shape),
      };

function supportOf(pool: NativePool, op: string, encoding: KernelEncoding): KernelSupport {
  return {
    ...(encoding.accepts === undefined ? {} : { accepts: encoding.accepts }),
    ...(encoding.optionalOutputs === undefined
      ? {}
      : { optionalOutputs: encoding.optionalOutputs }),
    acceptsView: (index, shape, strides) => acceptsView(encoding, index, shape, strides),
    workspaceBytes: ({ inputs, outputs, attrs }: KernelRequest) =>
      pool.workspaceBytes(
        encodeCall(op, encoding, inputs.map(placeholder), outputs.map(placeholder), attrs),
      ),
  };
}

/**
 * The table for the pool's instruction set. Errors: `bad-file` where the library lacks a kernel.
 */
export function kernelTable(pool: NativePool): KernelTable {
  const names = new Set(pool.kernels());
  const table: Record<string, KernelSupport | 'decompose'> = {};
  for (const [op, entry] of Object.entries<KernelEncoding | WithoutKernel>(KERNEL_ENCODINGS)) {
    if (entry === 'layout') continue;
    if (entry !== 'decompose' && !names.has(entry.kernel ?? op))
      throw new AutomodelError(
        'bad-file',
        `${pool.library.path} has no kernel ${entry.kernel ?? op} for ${pool.instructionSet}`,
        { hint: remedy() },
      );
    table[op] = entry === 'decompose' ? entry : supportOf(pool, op, entry);
  }
  return table;
}
