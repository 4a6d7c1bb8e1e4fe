// The planner's view of the kernels: which nodes have one, which views they read, and how much
// workspace they need.
import {
  acceptsView,
  AutomodelError,
  contiguousStrides,
  type KernelRequest,
  type KernelSupport,
  type KernelTable,
  type TensorType,
} from '@automodel/core';
import { encodeCall, type KernelEncoding, type WithoutKernel } from './kernel-encoding.js';
import { KERNEL_ENCODINGS } from './kernel-encodings.js';
import { remedy } from './find-library.js';
import type { NativePool } from './native-pool.js';
import type { NativeTensor } from './native-program.js';

/** The tensors of a step of which only shapes matter: row-major, at the start of base 0. */
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

type WorkspaceBytes = NonNullable<KernelSupport['workspaceBytes']>;

/** What the planner knows about a kernel without the library: everything but its workspace. */
const supportOf = (encoding: KernelEncoding): KernelSupport => ({
  ...(encoding.accepts === undefined ? {} : { accepts: encoding.accepts }),
  ...(encoding.optionalOutputs === undefined ? {} : { optionalOutputs: encoding.optionalOutputs }),
  acceptsView: (index, shape, strides) => acceptsView(encoding.views, index, shape, strides),
});

const workspaceOf =
  (pool: NativePool, op: string, encoding: KernelEncoding): WorkspaceBytes =>
  ({ inputs, outputs, attrs }: KernelRequest) =>
    pool.workspaceBytes(
      encodeCall(encoding, {
        op,
        inputs: inputs.map(placeholder),
        outputs: outputs.map(placeholder),
        attrs,
        groupBase: () => 0,
      }),
    );

type TableEntry = readonly [op: string, entry: KernelEncoding | 'decompose'];

/** Everything but layout ops, which the planner removes. */
const entries = (): readonly TableEntry[] =>
  Object.entries<KernelEncoding | WithoutKernel>(KERNEL_ENCODINGS).filter(
    (entry): entry is [string, KernelEncoding | 'decompose'] => entry[1] !== 'layout',
  );

/**
 * The table for the pool's instruction set. Errors: `bad-file` where the library lacks a kernel.
 */
export function kernelTable(pool: NativePool): KernelTable {
  const names = new Set(pool.kernels());
  const table: Record<string, KernelSupport | 'decompose'> = {};
  for (const [op, entry] of entries()) {
    if (entry === 'decompose') {
      table[op] = entry;
      continue;
    }
    if (!names.has(entry.kernel ?? op))
      throw new AutomodelError(
        'bad-file',
        `${pool.library.path} has no kernel ${entry.kernel ?? op} for ${pool.instructionSet}`,
        { hint: remedy() },
      );
    table[op] = { ...supportOf(entry), workspaceBytes: workspaceOf(pool, op, entry) };
  }
  return table;
}

/** The same without the library: no kernel says how much workspace it needs. */
export const kernelTableWithoutLibrary = (): KernelTable =>
  Object.fromEntries(
    entries().map(([op, entry]) => [op, entry === 'decompose' ? entry : supportOf(entry)]),
  );
