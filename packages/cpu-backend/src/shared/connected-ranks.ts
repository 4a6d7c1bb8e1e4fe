// The other processes of a run as programs see them: for each axis of the mesh a group, which
// kernels get as an operand (kernels/kernel.h, Group), over heaps that all of them share.
import { availableParallelism } from 'node:os';
import { MESH_AXES, type Connection, type HostGroup } from '@automodel/contracts';
import { AutomodelError, planDigest, ranksAlong, type Plan } from '@automodel/core';
import type { Address, NativeLibrary } from '../library.js';
import { SharedHeap } from './shared-heap.js';

/** Longer than the gap between ranks that work alike; only where waiting costs nobody a core. */
const SPIN_NANOSECONDS = 100_000;
/** Words of a group before its heaps. */
const GROUP_WORDS = 5;
/** How long a rank that was left alone waits to hear why. */
const REASON_MILLISECONDS = 3000;

/** One axis of the mesh. */
export interface RankGroup {
  readonly size: number;
  readonly address: Address;
  readonly bytes: number;
}

export class ConnectedRanks {
  readonly heap: SharedHeap;
  readonly host: HostGroup;
  readonly #library: NativeLibrary;
  readonly #groups: ReadonlyMap<string, RankGroup>;
  readonly #plans: HostGroup;
  readonly #compared = new WeakSet<Plan>();

  private constructor(
    library: NativeLibrary,
    heap: SharedHeap,
    host: HostGroup,
    groups: ReadonlyMap<string, RankGroup>,
  ) {
    this.#library = library;
    this.heap = heap;
    this.host = host;
    this.#groups = groups;
    this.#plans = host.channel('plans');
  }

  /** `threads`: of this process. Every process calls it. Errors: those of `SharedHeap.open`. */
  static async open(
    library: NativeLibrary,
    { mesh, host }: Connection,
    threads: number,
  ): Promise<ConnectedRanks> {
    const heap = await SharedHeap.open(library, host);
    const spins = threads * host.local.size <= availableParallelism();
    const axes = MESH_AXES.map((name) => ({ name, size: mesh.axes[name].size }));
    const groups = MESH_AXES.map((name, number): [string, RankGroup] => {
      const { rank, size } = mesh.axes[name];
      const members = ranksAlong(name, axes).find((ranks) => ranks.includes(host.rank));
      const heaps = (members ?? []).map((member) => heap.heaps[member]!);
      const words = [rank, size, number, spins ? SPIN_NANOSECONDS : 0, heap.bytes, ...heaps];
      const bytes = words.length * 8;
      const address = library.allocate(bytes);
      new BigInt64Array(library.view(address, bytes)).set(words.map(BigInt));
      return [name, { size, address, bytes }];
    });
    return new ConnectedRanks(library, heap, host, new Map(groups));
  }

  /** Errors: `bad-plan` for an axis that is not there or has another number of ranks. */
  group(axis: string, ranks: number): RankGroup {
    const group = this.#groups.get(axis);
    if (group?.size === ranks) return group;
    throw new AutomodelError(
      'bad-plan',
      group === undefined
        ? `the mesh has no axis ${axis}`
        : `a collective over ${ranks} ranks along ${axis}, which has ${group.size}`,
    );
  }

  /** Before a plan runs for the first time. Errors: `conflict` if another rank runs another one. */
  async comparePlan(plan: Plan): Promise<void> {
    if (this.#compared.has(plan)) return;
    const all = await this.#plans.exchange(`${plan.name} ${planDigest(plan)}`);
    const other = all.findIndex((text) => text !== all[0]);
    if (other !== -1)
      throw new AutomodelError(
        'conflict',
        `rank ${other} has another program (${all[other]}) than rank 0 (${all[0]})`,
        { hint: 'start all ranks with the same recipe, model, data and version' },
      );
    this.#compared.add(plan);
  }

  /** Why a run could not go on beside the others, where that is heard soon; else `otherwise`. */
  async reason(otherwise: AutomodelError): Promise<unknown> {
    const { lost } = this.host;
    if (!lost.aborted)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, REASON_MILLISECONDS);
        lost.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
      });
    return lost.aborted ? lost.reason : otherwise;
  }

  close(): void {
    for (const { address, bytes } of this.#groups.values()) this.#library.free(address, bytes);
    this.heap.close();
  }
}

/** Words of the group operand of a collective over this many ranks. */
export const groupWords = (ranks: number): number => GROUP_WORDS + ranks;
