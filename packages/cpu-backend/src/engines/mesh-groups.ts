// The groups of ranks that a process belongs to, one along each axis of the mesh, as the native
// runtime reads them.
import { availableParallelism } from 'node:os';
import { MESH_AXES, type Connection } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import type { Address, NativeLibrary } from '../library.js';
import { freeGroupWords, groupWords, type GroupFacts } from './group-words.js';
import { groupAlong } from './mesh-axes.js';

/** Longer than the usual difference between ranks of equal work on a free machine. */
const SPIN_NANOSECONDS = 50_000;

export class MeshGroups {
  readonly #library: NativeLibrary;
  readonly #groups = new Map<string, GroupFacts & { readonly address: Address }>();

  /** `threads` of this process; `heaps` of all ranks of the mesh. */
  constructor(
    library: NativeLibrary,
    { mesh, host }: Connection,
    threads: number,
    heaps: readonly Address[],
    messages: Address = 0,
  ) {
    this.#library = library;
    const isCrowded = threads * host.local.size > availableParallelism();
    MESH_AXES.forEach((name, axis) => {
      const ranks = groupAlong(mesh, name);
      const facts: GroupFacts = {
        rank: ranks.indexOf(mesh.rank),
        axis,
        spinNanoseconds: isCrowded ? 0 : SPIN_NANOSECONDS,
        messages,
        heaps: ranks.map((rank) => heaps[rank]!),
      };
      this.#groups.set(name, { ...facts, address: groupWords(library, facts) });
    });
  }

  /** Errors: `bad-plan` where the axis has not so many ranks. */
  address(axis: string, ranks: number): Address {
    const group = this.#groups.get(axis);
    if (group?.heaps.length === ranks) return group.address;
    throw new AutomodelError(
      'bad-plan',
      `a plan for ${ranks} ranks along ${axis} cannot run on a mesh with ` +
        `${group?.heaps.length ?? 'none'}`,
    );
  }

  close(): void {
    for (const group of this.#groups.values()) freeGroupWords(this.#library, group.address, group);
    this.#groups.clear();
  }
}
