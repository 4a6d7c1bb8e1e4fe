// The engines of the CPU backend by name, the default first.
import type { Connection } from '@automodel/contracts';
import type { NativeLibrary } from '../library.js';
import type { Processes } from './processes.js';
import { connectMpi } from './mpi.js';
import { connectSharedMemory } from './shared-memory.js';

/** Every process of the mesh calls it. Errors: `unsupported` saying what to do. */
type Connect = (
  library: NativeLibrary,
  connection: Connection,
  threads: number,
) => Promise<Processes>;

export const ENGINES: Readonly<Record<string, Connect>> = {
  'shared-memory': connectSharedMemory,
  mpi: connectMpi,
};
