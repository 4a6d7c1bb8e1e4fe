// The engine `shared-memory`: processes of one machine read each other's tensors where they lie.
import process from 'node:process';
import type { Connection } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import type { NativeLibrary } from '../library.js';
import { agreeOnPlan } from './agree-on-plan.js';
import { meetNeighbours } from './meet-neighbours.js';
import { groupAlong } from './mesh-axes.js';
import { MeshGroups } from './mesh-groups.js';
import type { Processes } from './processes.js';

/** `threads` of this process. Errors: `unsupported` saying what to do. */
export async function connectSharedMemory(
  library: NativeLibrary,
  connection: Connection,
  threads: number,
): Promise<Processes> {
  if (process.platform === 'win32')
    throw new AutomodelError('unsupported', 'processes cannot share memory on Windows', {
      hint: 'choose the engine mpi, or run one process',
    });
  const { mesh, host } = connection;
  const neighbours = await meetNeighbours(library, host.channel('shared-memory'));
  const groups = new MeshGroups(library, connection, threads, neighbours.heaps);
  return {
    lost: host.lost,
    get left() {
      return neighbours.own.left;
    },
    get sharedBytes() {
      return neighbours.own.heldBytes;
    },
    allocate: (bytes, label) => neighbours.own.allocate(bytes, label),
    group: (axis, ranks) => groups.address(axis, ranks),
    ranksAlong: (axis) => groupAlong(mesh, axis),
    agree: (plan) => agreeOnPlan(host, plan),
    leave: () => neighbours.own.leave(),
    close: () => {
      neighbours.own.leave();
      groups.close();
      neighbours.forget();
      neighbours.own.close();
    },
  };
}
