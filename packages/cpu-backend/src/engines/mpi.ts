// The engine `mpi`: processes that mpirun has started send each other what their collectives read.
// The library is found when the engine is connected; nothing of it is needed to build or install.
import process from 'node:process';
import type { Connection } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { CpuBuffer } from '../cpu-buffer.js';
import { ErrorText, type Address, type NativeLibrary } from '../library.js';
import { agreeOnPlan } from './agree-on-plan.js';
import { groupAlong } from './mesh-axes.js';
import { MeshGroups } from './mesh-groups.js';
import { mpiLibraries } from './mpi-libraries.js';
import type { Processes } from './processes.js';
import { sayToAll } from './say-to-all.js';

/** Enters the world of MPI. Errors: `unsupported` where it is not that of the host group. */
function enterWorld(library: NativeLibrary, { host }: Connection): Address {
  const names = mpiLibraries(process.env);
  const error = new ErrorText();
  const world = library.mpi_open(names.join('\n'), error.bytes, error.capacity);
  if (world === 0)
    throw new AutomodelError('unsupported', `${error.text}: ${names.join(', ')}`, {
      hint: 'install Open MPI or MPICH, or name its library in AUTOMODEL_MPI_LIBRARY',
    });
  const [rank, size] = [library.mpi_rank(), library.mpi_size()];
  if (size === host.size && rank === host.rank) return world;
  throw new AutomodelError(
    'unsupported',
    size === 1
      ? `the MPI library that was found sees one process, the run has ${host.size}: they were ` +
          'started by the mpirun of another library, or by no mpirun'
      : `this process is rank ${host.rank} of ${host.size}, but rank ${rank} of ${size} for MPI`,
    { hint: 'start all processes with one mpirun, and name its library in AUTOMODEL_MPI_LIBRARY' },
  );
}

/** `threads` of this process. Errors: `unsupported` saying what to do. */
export async function connectMpi(
  library: NativeLibrary,
  connection: Connection,
  threads: number,
): Promise<Processes> {
  const { mesh, host } = connection;
  let world = 0;
  await sayToAll(host.channel('mpi'), () => {
    world = enterWorld(library, connection);
    return true;
  });
  const heaps = Array.from({ length: host.size }, (_, rank) => library.mpi_heap(rank));
  const groups = new MeshGroups(library, connection, threads, heaps, world);
  let left = false;
  const leave = (): void => {
    left = true;
    library.mpi_leave();
  };
  return {
    lost: host.lost,
    get left() {
      return left;
    },
    allocate: (bytes, label) => CpuBuffer.allocate(library, bytes, label),
    arena: (bytes) => CpuBuffer.allocate(library, bytes, 'activations'),
    group: (axis, ranks) => groups.address(axis, ranks),
    ranksAlong: (axis) => groupAlong(mesh, axis),
    agree: (plan) => agreeOnPlan(host, plan),
    leave,
    close: () => groups.close(),
  };
}
