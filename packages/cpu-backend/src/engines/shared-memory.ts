// The engine `shared-memory`: processes of one machine read each other's tensors where they lie.
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { MESH_AXES, type Connection } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import type { NativeLibrary } from '../library.js';
import { agreeOnPlan } from './agree-on-plan.js';
import { freeGroupWords, groupWords, type GroupFacts } from './group-words.js';
import { meetNeighbours, type Neighbours } from './meet-neighbours.js';
import { groupAlong } from './mesh-axes.js';
import type { Processes } from './processes.js';

/** Longer than the usual difference between ranks of equal work on a free machine. */
const SPIN_NANOSECONDS = 50_000;

/** The groups of all axes, in native memory. */
function describeGroups(
  library: NativeLibrary,
  { mesh, host }: Connection,
  { heaps }: Neighbours,
  threads: number,
): ReadonlyMap<string, GroupFacts & { readonly address: number }> {
  const isCrowded = threads * host.local.size > availableParallelism();
  return new Map(
    MESH_AXES.map((name, axis) => {
      const ranks = groupAlong(mesh, name);
      const facts = {
        rank: ranks.indexOf(mesh.rank),
        axis,
        spinNanoseconds: isCrowded ? 0 : SPIN_NANOSECONDS,
        heaps: ranks.map((rank) => heaps[rank]!),
      };
      return [name, { ...facts, address: groupWords(library, facts) }];
    }),
  );
}

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
  const groups = describeGroups(library, connection, neighbours, threads);
  return {
    lost: host.lost,
    get left() {
      return neighbours.own.left;
    },
    allocate: (bytes, label) => neighbours.own.allocate(bytes, label),
    group: (axis, ranks) => {
      const group = groups.get(axis);
      if (group?.heaps.length === ranks) return group.address;
      throw new AutomodelError(
        'bad-plan',
        `a plan for ${ranks} ranks along ${axis} cannot run on a mesh with ` +
          `${group?.heaps.length ?? 'none'}`,
      );
    },
    ranksAlong: (axis) => groupAlong(mesh, axis),
    agree: (plan) => agreeOnPlan(host, plan),
    leave: () => neighbours.own.leave(),
    close: () => {
      neighbours.own.leave();
      for (const group of groups.values()) freeGroupWords(library, group.address, group);
      neighbours.forget();
      neighbours.own.close();
    },
  };
}
